import { matchesFilter, type ResolvedFilter } from '@holdfast/core'
import type { Collection } from './collection.js'
import { readTexts } from './read-texts.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'
import { storedNode } from './stored-record.js'
import { WorkSlices } from './work-slices.js'

/** Bytes of texts that are decoded at once: about a millisecond's work, so that a filter keeps nobody waiting. */
const textsAtOnce = 1 << 16

/**
 * Yields, batch by batch and in order, the rows that pass a filter. The fields that the index has are tested first;
 * texts are read only of rows that pass those, and only when the filter has other fields. The event loop gets its turn
 * about every millisecond.
 */
export async function* filterRows(
  { index }: Collection,
  rows: Rows,
  filter: ResolvedFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Iterable<number>> {
  const { ids, userId, clusterId, ...inTexts } = filter
  const slices = new WorkSlices(signal)
  const candidates = await rowsByIndex(index, rows, { ids, userId, clusterId }, slices)
  if (Object.keys(inTexts).length === 0) {
    yield candidates
    return
  }
  for await (const batch of readTexts(index, candidates, signal, textsAtOnce)) {
    const passing: number[] = []
    for (const { row, text } of batch) {
      if (matchesFilter(storedNode(index, row, text), inTexts)) passing.push(row)
    }
    yield passing
    if (slices.isOver) await slices.rest()
  }
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
