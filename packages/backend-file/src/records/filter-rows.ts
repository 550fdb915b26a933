import { matchesFilter, type ResolvedFilter } from '@holdfast/core'
import type { Collection } from './collection.js'
import type { TextFilter } from './filter-facts.js'
import { readTexts } from './read-texts.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'
import { storedNode } from './stored-record.js'
import { WorkSlices } from './work-slices.js'

/** Bytes of texts that are decoded at once: about a millisecond's work, so that a filter keeps nobody waiting. */
const textsAtOnce = 1 << 16
/** Rows that are tested at once by what is known of them: less than that. */
const rowsAtOnce = 4096

/**
 * Yields, batch by batch and in order, the rows that pass a filter. The fields that the index has are tested first; what
 * the others ask is looked up, and texts are read only of rows of which it is not known yet. The event loop gets its
 * turn about every millisecond.
 */
export async function* filterRows(
  collection: Collection,
  rows: Rows,
  filter: ResolvedFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Iterable<number>> {
  const { ids, userId, clusterId, ...inTexts } = filter
  const slices = new WorkSlices(signal)
  const candidates = await rowsByIndex(collection.index, rows, { ids, userId, clusterId }, slices)
  if (Object.keys(inTexts).length === 0) {
    yield candidates
    return
  }
  for (let from = 0; from < candidates.length; ) {
    const { tested, passing } = await nextPassing(collection, candidates, from, inTexts, signal)
    yield passing
    from += tested
    if (slices.isOver) await slices.rest()
  }
}

/** Tests some rows from one on, as many as take about a millisecond. */
async function nextPassing(
  { index, filterFacts }: Collection,
  rows: Rows,
  from: number,
  filter: TextFilter,
  signal: AbortSignal | undefined,
): Promise<{ readonly tested: number; readonly passing: readonly number[] }> {
  const test = filterFacts.test(filter)
  const results: boolean[] = []
  const unknown: { readonly row: number; readonly at: number }[] = []
  for (
    let at = from, bytes = 0;
    at < rows.length && results.length < rowsAtOnce && bytes < textsAtOnce;
    at++
  ) {
    const row = rows[at] ?? 0
    const passes = test(row)
    if (passes === undefined) {
      unknown.push({ row, at: at - from })
      bytes += index.text(row).length
    }
    results.push(passes === true)
  }
  let read = 0
  const wanted = unknown.map(({ row }) => row)
  for await (const batch of readTexts(index, wanted, signal)) {
    for (const { row, text } of batch) {
      const node = storedNode(index, row, text)
      filterFacts.set(row, node)
      results[unknown[read++]?.at ?? 0] = matchesFilter(node, filter)
    }
  }
  const passing: number[] = []
  for (const [at, passes] of results.entries()) if (passes) passing.push(rows[from + at] ?? 0)
  return { tested: results.length, passing }
}

interface IndexedFields {
  readonly ids: ResolvedFilter['ids']
  readonly userId: ResolvedFilter['userId']
  readonly clusterId: ResolvedFilter['clusterId']
}

async function rowsByIndex(
  index: RecordIndex,
  rows: Rows,
  { ids, userId, clusterId }: IndexedFields,
  slices: WorkSlices,
): Promise<Rows> {
  if (ids === undefined && userId === undefined && clusterId === undefined) return rows
  const [wantedIds, users, clusters] = [
    ids && new Set(ids),
    userId && new Set<string | null>(userId),
    clusterId && new Set<number | null>(clusterId),
  ]
  const passing: number[] = []
  for (let at = 0; at < rows.length; at++) {
    if ((at & 1023) === 1023 && slices.isOver) await slices.rest()
    const row = rows[at] ?? 0
    if (wantedIds !== undefined && !wantedIds.has(index.id(row))) continue
    if (users !== undefined && !users.has(index.owner(row)?.userId ?? null)) continue
    if (clusters !== undefined && !clusters.has(index.clusterId(row))) continue
    passing.push(row)
  }
  return passing
}
