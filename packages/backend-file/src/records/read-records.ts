import type { ResolvedFilter } from '@holdfast/core'
import type { Collection } from '../snapshot/snapshot.js'
import { filterRows } from './filter-rows.js'
import { readTexts } from './read-texts.js'
import type { RecordTable } from './record-table.js'

/** What a record of some kind is made from. */
export type DecodeRecord<T> = (table: RecordTable, row: number, text: string) => T

/** Decodes some rows in the given order. @param rows ascending. */
export async function readRecords<T>(
  collection: Collection,
  rows: readonly number[],
  decode: DecodeRecord<T>,
  signal: AbortSignal | undefined,
): Promise<T[]> {
  const records: T[] = []
  if (collection.texts === undefined) return records
  for await (const batch of readTexts(collection.texts, collection.table, rows, signal)) {
    for (const { row, text } of batch) records.push(decode(collection.table, row, text))
  }
  return records
}

/**
 * The first rows that pass the filter, after `offset` of them.
 * @param rows ascending.
 */
export async function selectRows(
  collection: Collection,
  rows: readonly number[],
  filter: ResolvedFilter | undefined,
  offset: number,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  if (filter === undefined) return rows.slice(offset, offset + limit)
  const selected: number[] = []
  let passed = 0
  for await (const batch of filterRows(collection, rows, filter, signal)) {
    for (const row of batch) {
      if (passed++ < offset) continue
      if (selected.length === limit) return selected
      selected.push(row)
    }
    if (selected.length === limit) return selected
  }
  return selected
}

/** The part of ascending rows from `from` on. */
export function rowsFrom(rows: readonly number[], from: number): readonly number[] {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle] ?? 0) < from) low = middle + 1
    else high = middle
  }
  return low === 0 ? rows : rows.slice(low)
}
