import type {
  PositionedBatch,
  ResolvedFilter,
  ResolvedPage,
  ResolvedScan,
  ResolvedScope,
  ResolvedSearch,
} from '@holdfast/core'
import { searchCopies } from '../search/search-copies.js'
import { type SearchOutcome, searchRows } from '../search/search-rows.js'
import type { Collection } from './collection.js'
import { filterRows } from './filter-rows.js'
import { type DecodeRecord, readRecords, selectRows } from './read-records.js'
import { readVectors } from './read-vectors.js'
import { readRecentTexts } from './recent-texts.js'
import { type Rows, rowsBehind } from './row-list.js'

type Signal = AbortSignal | undefined

/** The record with this id that the scope sees. */
export async function getRecord<T>(
  collection: Collection,
  scope: ResolvedScope,
  id: string,
  decode: DecodeRecord<T>,
  signal: Signal,
): Promise<T | undefined> {
  const row = collection.index.find(scope, id)
  if (row === undefined) return undefined
  const [record] = await readRecords(collection, [row], decode, signal)
  return record
}

/** A page of the scope's records in insertion order. */
export async function getPage<T>(
  collection: Collection,
  scope: ResolvedScope,
  page: ResolvedPage,
  decode: DecodeRecord<T>,
  signal: Signal,
): Promise<T[]> {
  const visible = collection.index.rowsIn(scope)
  const rows = await selectRows(collection, visible, page.filter, page.offset, page.limit, signal)
  return readRecords(collection, rows, decode, signal)
}

/** The batch after a position. */
export async function getBatch<T>(
  collection: Collection,
  scope: ResolvedScope,
  request: ResolvedScan,
  decode: DecodeRecord<T>,
  signal: Signal,
): Promise<PositionedBatch<T> | undefined> {
  const { index } = collection
  const left = rowsBehind(index.rowsIn(scope), request.after, (row) => index.position(row))
  const rows = await selectRows(collection, left, request.filter, 0, request.batchSize, signal)
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const records = await readRecords(collection, rows, decode, signal)
  const position = index.position(last)
  if (!request.withEmbeddings) return { records, position }
  return { records, position, embeddings: await readVectors(collection, rows, signal) }
}

/** Every row of the scope that passes the filter. */
export async function rowsPassing(
  collection: Collection,
  scope: ResolvedScope,
  filter: ResolvedFilter | undefined,
  signal: Signal,
): Promise<Rows> {
  const visible = collection.index.rowsIn(scope)
  if (filter === undefined) return visible
  const rows: number[] = []
  for await (const batch of filterRows(collection, visible, filter, signal))
    for (const row of batch) rows.push(row)
  return rows
}

/** The scope's best rows for a query; the filter is applied first. */
export async function searchScope(
  collection: Collection,
  scope: ResolvedScope,
  query: Float32Array,
  { topK, minScore, filter }: ResolvedSearch,
  signal: Signal,
): Promise<SearchOutcome> {
  if (collection.dimensions !== query.length) return { best: [], scored: 0 }
  const rows = await rowsPassing(collection, scope, filter, signal)
  const copies = collection.copies()
  const request = { query, rows, topK, minScore }
  if (copies === undefined) return searchRows(collection.index, request, signal)
  return searchCopies(collection, copies, request, signal)
}

/** What was found, with its records, best first. */
export async function readBest<T>(
  collection: Collection,
  { best }: SearchOutcome,
  decode: DecodeRecord<T>,
  signal: Signal,
): Promise<{ record: T; score: number }[]> {
  const { index, recent } = collection
  const found: { record: T; score: number }[] = []
  const rows = best.map(({ row }) => row)
  for await (const texts of readRecentTexts(index, rows, recent, signal)) {
    for (const { row, text } of texts) {
      found.push({ record: decode(index, row, text), score: best[found.length]?.score ?? Number.NaN })
    }
  }
  return found
}
