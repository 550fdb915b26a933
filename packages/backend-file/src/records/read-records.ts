import type { ResolvedFilter } from '@holdfast/core'
import type { Collection } from './collection.js'
import { filterRows } from './filter-rows.js'
import { readTexts } from './read-texts.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'

/** What a record of some kind is made from. */
export type DecodeRecord<T> = (index: RecordIndex, row: number, text: string) => T

/** Decodes some rows in the given order. */
export async function readRecords<T>(
  { index }: Collection,
  rows: Rows,
  decode: DecodeRecord<T>,
  signal: AbortSignal | undefined,
): Promise<T[]> {
  const records: T[] = []
  for await (const batch of readTexts(index, rows, signal)) {
    for (const { row, text } of batch) records.push(decode(index, row, text))
  }
  return records
}

/** The first rows that pass the filter, after `offset` of them. */
export async function selectRows(
  collection: Collection,
  rows: Rows,
  filter: ResolvedFilter | undefined,
  offset: number,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Rows> {
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
