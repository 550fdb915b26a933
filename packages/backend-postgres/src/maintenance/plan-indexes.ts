import { indexName } from './index-name.js'
import type { OwnerIndex, VectorTable } from './owner-index.js'
import type { CatalogIndex, OwnerRows, Survey } from './survey-owners.js'

/** One thing to do, or to leave as it is. */
export interface PlannedIndex {
  readonly action: 'build' | 'keep' | 'drop' | 'leave refused'
  readonly table: VectorTable
  readonly name: string
  /** `undefined` for an index that nobody is known to have. */
  readonly ownerKey: string | undefined
  readonly rows: number
  readonly recall: number | undefined
  /** There is something by this name, which goes first. */
  readonly exists: boolean
  readonly reason: string
}

export interface PlanLimits {
  readonly minRows: number
  readonly maxIndexes: number
  /** No index can be built at all: too many dimensions. */
  readonly impossible: boolean
}

/** A refused index is not built again before the owner's rows have changed by this factor. */
const retryFactor = 1.5

/**
 * What to do about every index, drops first: owners with `minRows` vectors get one, those that fall below half of it
 * lose theirs, the largest come first where there are too many. An index that is broken is made anew; one that nobody is
 * known to have is dropped.
 */
export function planIndexes(
  { owners, known, existing }: Survey,
  limits: PlanLimits,
): readonly PlannedIndex[] {
  const wanted = owners.map((owner) => ({ ...owner, name: indexName(owner.table, owner.ownerKey) }))
  const knownBy = new Map(known.map((index) => [index.name, index]))
  const existingBy = new Map(existing.map((index) => [index.name, index]))
  const decided = wanted
    .map((owner) => decide(owner, knownBy.get(owner.name), existingBy.get(owner.name), limits))
    .sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1))
  let places = limits.maxIndexes
  const planned = decided.map((index): PlannedIndex => {
    if (index.action !== 'build' && index.action !== 'keep') return index
    places -= 1
    return places >= 0 ? index : { ...index, action: 'drop', reason: 'larger owners take all places' }
  })
  const named = new Set(wanted.map(({ name }) => name))
  const gone = known.filter(({ name }) => !named.has(name))
  const goneNames = new Set(gone.map(({ name }) => name))
  const strays = existing.filter(({ name }) => !named.has(name) && !goneNames.has(name))
  return [
    ...planned,
    ...gone.map(({ ownerKey, table, name }) => ({
      ...{ action: 'drop' as const, table, name, ownerKey, rows: 0, recall: undefined },
      ...{ exists: existingBy.has(name), reason: 'the owner has no vectors any more' },
    })),
    ...strays.map(({ table, name }) => ({
      ...{ action: 'drop' as const, table, name, ownerKey: undefined, rows: 0, recall: undefined },
      ...{ exists: true, reason: 'nobody is known to have it' },
    })),
  ]
    .filter(({ action, exists, name }) => action !== 'drop' || exists || knownBy.has(name))
    .sort(dropsFirst)
}

function decide(
  { ownerKey, table, rows, name }: OwnerRows & { readonly name: string },
  known: OwnerIndex | undefined,
  existing: CatalogIndex | undefined,
  { minRows, impossible }: PlanLimits,
): PlannedIndex {
  const index = { table, name, ownerKey, rows, recall: known?.recall, exists: existing !== undefined }
  if (impossible) return { ...index, action: 'drop', reason: 'vectors this long cannot be indexed' }
  const isReady = known?.state === 'ready' && existing?.valid === true
  if (isReady && 2 * rows >= minRows) return { ...index, action: 'keep', reason: 'it is ready' }
  if (rows < minRows) return { ...index, action: 'drop', reason: 'the owner is too small for one' }
  if (known?.state === 'refused' && existing === undefined && isAlike(rows, known.rowsAtBuild)) {
    return {
      ...index,
      action: 'leave refused',
      reason: 'it found too little, and the data has hardly changed',
    }
  }
  if (existing?.valid === false) return { ...index, action: 'build', reason: 'a build of it was interrupted' }
  if (known?.state === 'ready') return { ...index, action: 'build', reason: 'it is gone' }
  if (known !== undefined) return { ...index, action: 'build', reason: `it was left ${known.state}` }
  return { ...index, action: 'build', reason: 'the owner is large enough for one' }
}

function isAlike(rows: number, before: number): boolean {
  return rows <= before * retryFactor && before <= rows * retryFactor
}

function dropsFirst(a: PlannedIndex, b: PlannedIndex): number {
  return Number(b.action === 'drop') - Number(a.action === 'drop')
}
