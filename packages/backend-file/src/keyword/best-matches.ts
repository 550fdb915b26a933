import type { ResolvedFilter, ResolvedSearch } from '@holdfast/core'
import type { Collection } from '../records/collection.js'
import { filterRows } from '../records/filter-rows.js'
import type { Rows } from '../records/row-list.js'
import type { WorkSlices } from '../records/work-slices.js'
import type { SearchOutcome } from '../search/search-rows.js'
import { type ScoredRow, TopK } from '../search/top-k.js'
import type { WordMatches } from './scope-words.js'

/** Of the best matches, how many are tested at first, and how many before all others are. */
const firstWindow = 64
const lastWindow = 4096

/**
 * The best of the matches that pass the filter, highest first, of equal scores the earlier record. A filter may have to
 * read texts, so the best matches are tested first, and the others only when too few of those pass.
 * @param matches in the order of their records when there is a filter.
 */
export async function bestMatches(
  collection: Collection,
  matches: WordMatches,
  { topK, filter }: Pick<ResolvedSearch, 'topK' | 'filter'>,
  slices: WorkSlices,
): Promise<SearchOutcome> {
  const { rows, scores } = matches
  const positionOf = (row: number) => collection.index.position(row)
  const select = async (limit: number, isWanted: (at: number) => boolean) => {
    const best = new TopK(Math.min(limit, rows.length), positionOf)
    for (let at = 0; at < rows.length; at++) {
      if (isWanted(at)) best.offer(rows[at] ?? 0, scores[at] ?? 0)
      if ((at & 4095) === 4095 && slices.isOver) await slices.rest()
    }
    return best.sorted()
  }
  if (filter === undefined) return { best: await select(topK, () => true), scored: rows.length }
  const passed: ScoredRow[] = []
  const tested = new Set<number>()
  for (let window = Math.max(firstWindow, topK); window <= lastWindow; window *= 4) {
    if (passed.length >= topK || tested.size === rows.length) break
    const next = (await select(window, () => true)).slice(tested.size)
    for (const { row } of next) tested.add(row)
    const inOrder = next.map(({ row }) => row).sort((a, b) => positionOf(a) - positionOf(b))
    const passing = await passingRows(collection, inOrder, filter, slices.signal)
    passed.push(...next.filter(({ row }) => passing.has(row)))
  }
  if (passed.length >= topK) return { best: passed.slice(0, topK), scored: tested.size }
  // Every match that is left is worse than those that have passed.
  const left = rows.filter((row) => !tested.has(row))
  const passing = await passingRows(collection, left, filter, slices.signal)
  const others = await select(topK - passed.length, (at) => passing.has(rows[at] ?? 0))
  return { best: [...passed, ...others], scored: rows.length }
}

async function passingRows(
  collection: Collection,
  rows: Rows,
  filter: ResolvedFilter,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<number>> {
  const passing = new Set<number>()
  for await (const batch of filterRows(collection, rows, filter, signal)) {
    for (const row of batch) passing.add(row)
  }
  return passing
}
