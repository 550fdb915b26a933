import { matchesFilter, type ResolvedFilter } from '@holdfast/core'
import type { Collection } from '../snapshot/snapshot.js'
import { readTexts } from './read-texts.js'
import type { RecordTable } from './record-table.js'
import { storedNode } from './stored-record.js'

const indexedFields: ReadonlySet<string> = new Set([
  'ids',
  'userId',
  'clusterId',
] satisfies readonly (keyof ResolvedFilter)[])

/**
 * Yields, batch by batch and in order, the rows that pass a filter. The fields that the index has are tested first;
 * texts are read only of rows that pass those, and only when the filter has other fields.
 * @param rows ascending.
 */
export async function* filterRows(
  nodes: Collection,
  rows: readonly number[],
  filter: ResolvedFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly number[]> {
  const candidates = rowsByIndex(nodes.table, rows, filter)
  if (Object.keys(filter).every((field) => indexedFields.has(field)) || nodes.texts === undefined) {
    yield candidates
    return
  }
  for await (const batch of readTexts(nodes.texts, nodes.table, candidates, signal)) {
    yield batch
      .filter(({ row, text }) => matchesFilter(storedNode(nodes.table, row, text), filter))
      .map(({ row }) => row)
  }
}

function rowsByIndex(table: RecordTable, rows: readonly number[], filter: ResolvedFilter): readonly number[] {
  const ids = filter.ids && new Set(filter.ids)
  const users = filter.userId && new Set<string | null>(filter.userId)
  const clusters = filter.clusterId && new Set<number | null>(filter.clusterId)
  if (ids === undefined && users === undefined && clusters === undefined) return rows
  return rows.filter(
    (row) =>
      (ids === undefined || ids.has(table.id(row))) &&
      (users === undefined || users.has(table.owner(row)?.userId ?? null)) &&
      (clusters === undefined || clusters.has(table.clusterId(row))),
  )
}
