import { matchesFilter, type ResolvedFilter } from '@holdfast/core'
import type { Collection } from './collection.js'
import { readTexts } from './read-texts.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'
import { storedNode } from './stored-record.js'

const indexedFields: ReadonlySet<string> = new Set([
  'ids',
  'userId',
  'clusterId',
] satisfies readonly (keyof ResolvedFilter)[])

/**
 * Yields, batch by batch and in order, the rows that pass a filter. The fields that the index has are tested first;
 * texts are read only of rows that pass those, and only when the filter has other fields.
 */
export async function* filterRows(
  { index }: Collection,
  rows: Rows,
  filter: ResolvedFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Iterable<number>> {
  const candidates = rowsByIndex(index, rows, filter)
  if (Object.keys(filter).every((field) => indexedFields.has(field))) {
    yield candidates
    return
  }
  for await (const batch of readTexts(index, candidates, signal)) {
    yield batch
      .filter(({ row, text }) => matchesFilter(storedNode(index, row, text), filter))
      .map(({ row }) => row)
  }
}

function rowsByIndex(index: RecordIndex, rows: Rows, filter: ResolvedFilter): Rows {
  const ids = filter.ids && new Set(filter.ids)
  const users = filter.userId && new Set<string | null>(filter.userId)
  const clusters = filter.clusterId && new Set<number | null>(filter.clusterId)
  if (ids === undefined && users === undefined && clusters === undefined) return rows
  return Array.from(rows).filter(
    (row) =>
      (ids === undefined || ids.has(index.id(row))) &&
      (users === undefined || users.has(index.owner(row)?.userId ?? null)) &&
      (clusters === undefined || clusters.has(index.clusterId(row))),
  )
}
