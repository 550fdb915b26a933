import { MemoryError, type Owner } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import type { VectorFile } from '../npy/vector-file.js'
import type { ElementColumns } from '../records/element-columns.js'
import { OwnerAgreement } from '../records/owner-agreement.js'
import { OwnerTable } from '../records/owner-table.js'
import { RecordIndex } from '../records/record-index.js'

/** Elements whose owners are all that is known of them. */
export type OwnedElements = Omit<ElementColumns, 'ownerFromNodes'>

/** What their texts do not say. */
export interface ElementPlaces {
  readonly file: StoredFile | undefined
  readonly positions: Float64Array
  /** NaN for none. `undefined`: what the texts say counts. */
  readonly clusterIds: Float64Array | undefined
  readonly matrix: VectorFile | undefined
  /** Whether it is known that no two records of an owner have the same id. */
  readonly isUnique: boolean
}

/** Gives episodes whose text does not name an owner the one that their nodes agree on. The arrays stay as they are. */
export function withDerivedOwners(episodes: ElementColumns, nodes: RecordIndex): OwnedElements {
  if (episodes.ownerFromNodes.size === 0) return episodes
  const agreement = new OwnerAgreement(nodes, new Set([...episodes.ownerFromNodes.values()].flat()))
  const table = new OwnerTable()
  for (const owner of episodes.ownerList) table.intern(owner)
  const owners = episodes.owners.slice()
  for (const [row, nodeIds] of episodes.ownerFromNodes) {
    const owner: Owner | undefined = agreement.ownerOf(nodeIds)
    owners[row] = owner === undefined ? -1 : table.intern(owner)
  }
  return { ...episodes, owners, ownerList: table.all }
}

/**
 * Builds the index of a file of records. Takes the arrays over.
 * @throws {MemoryError} `CORRUPT` when two records of an owner have the same id.
 */
export function indexElements(elements: OwnedElements, places: ElementPlaces): RecordIndex {
  const { count, ids, owners, ownerList, offsets, lengths, checksums } = elements
  const { file, positions, matrix, isUnique } = places
  if (file === undefined && count > 0) throw new RangeError('records without a file')
  const clusterIds = places.clusterIds ?? elements.clusterIds ?? new Float64Array(count).fill(Number.NaN)
  const texts = { file, offsets, lengths, checksums }
  const firstVector = matrix?.place(0)
  const index = RecordIndex.of(
    { ids, owners, ownerList, positions, clusterIds, texts, firstVector },
    isUnique,
  )
  if (index instanceof RecordIndex) return index
  const { row, before, id } = index
  throw new MemoryError(
    'CORRUPT',
    `${file?.path}: element ${row} at byte ${offsets[row]} has the id ${JSON.stringify(id)} of element ${before}`,
  )
}
