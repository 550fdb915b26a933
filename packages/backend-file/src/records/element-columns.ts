import type { Owner } from '@holdfast/core'
import { doubles, grown, integers32, signed32 } from './growing-arrays.js'
import type { LocatedFacts } from './load-records.js'
import { OwnerTable } from './owner-table.js'
import { type PackedIds, RowIds } from './row-ids.js'

/** What a file of records says of its elements without being read again: a column each, in the order of the file. */
export interface ElementColumns {
  readonly count: number
  /** Of the first byte of each. */
  readonly offsets: Float64Array
  /** Bytes of each. */
  readonly lengths: Uint32Array
  /** CRC-32 of those. */
  readonly checksums: Uint32Array
  /** Numbers of `ownerList`, −1 where the text names none. */
  readonly owners: Int32Array
  readonly ownerList: readonly Owner[]
  readonly ids: PackedIds
  /** What the texts say themselves, NaN for none. `undefined`: not known, because `clusters.json` says it anyway. */
  readonly clusterIds: Float64Array | undefined
  /** Episodes whose text does not name their owner: the nodes that decide. */
  readonly ownerFromNodes: ReadonlyMap<number, readonly string[]>
}

/** With arrays of its own. */
export function copyOfElements(elements: ElementColumns): ElementColumns {
  const { offsets, lengths, checksums, owners, ids, clusterIds } = elements
  return {
    ...elements,
    offsets: offsets.slice(),
    lengths: lengths.slice(),
    checksums: checksums.slice(),
    owners: owners.slice(),
    ids: { sizes: ids.sizes.slice(), bytes: ids.bytes.slice() },
    clusterIds: clusterIds?.slice(),
  }
}

/** Collects the facts of elements, in order. */
export class ElementColumnsBuilder {
  readonly #owners = new OwnerTable()
  readonly #ids = new RowIds()
  readonly #ownerFromNodes = new Map<number, readonly string[]>()
  #count = 0
  /** Offsets and clusters. */
  #offsets: Float64Array = new Float64Array(0)
  #clusterIds: Float64Array = new Float64Array(0)
  #lengths: Uint32Array = new Uint32Array(0)
  #checksums: Uint32Array = new Uint32Array(0)
  #ownerNumbers: Int32Array = new Int32Array(0)

  add({ facts, offset, length, crc32 }: LocatedFacts): void {
    const row = this.#count++
    if (row === this.#lengths.length) this.#makeRoom(row + 1)
    this.#offsets[row] = offset
    this.#lengths[row] = length
    this.#checksums[row] = crc32
    this.#clusterIds[row] = facts.clusterId ?? Number.NaN
    this.#ownerNumbers[row] = facts.owner === undefined ? -1 : this.#owners.intern(facts.owner)
    this.#ids.set(row, facts.id)
    if (facts.ownerFromNodes !== undefined) this.#ownerFromNodes.set(row, facts.ownerFromNodes)
  }

  finish(): ElementColumns {
    const count = this.#count
    return {
      count,
      offsets: this.#offsets.slice(0, count),
      lengths: this.#lengths.slice(0, count),
      checksums: this.#checksums.slice(0, count),
      owners: this.#ownerNumbers.slice(0, count),
      ownerList: this.#owners.all,
      ids: this.#ids.gather(new Uint32Array(count).map((_, row) => row)),
      clusterIds: this.#clusterIds.slice(0, count),
      ownerFromNodes: this.#ownerFromNodes,
    }
  }

  #makeRoom(count: number): void {
    this.#offsets = grown(this.#offsets, count, doubles)
    this.#clusterIds = grown(this.#clusterIds, count, doubles)
    this.#lengths = grown(this.#lengths, count, integers32)
    this.#checksums = grown(this.#checksums, count, integers32)
    this.#ownerNumbers = grown(this.#ownerNumbers, count, signed32)
  }
}
