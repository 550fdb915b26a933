import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { type Session, textOf } from '../connection/session.js'
import { filterConditions } from '../records/filter-conditions.js'
import { vectorHex } from '../records/read-records.js'
import { baseColumns, type StoredRow, takeApart } from '../records/record-kind.js'
import type { ScoredPlace } from '../records/records-at.js'
import { QueryCosine } from '../records/vector-codec.js'
import { type IndexElement, indexedDistance } from './index-element.js'
import type { SearchRequest } from './search-request.js'

/** A row that an index proposed, and its true score. */
export interface Proposal extends ScoredPlace {
  readonly row: StoredRow
}

/** Rows asked of an index beyond `topK`: it goes by rounded vectors, and their true scores decide. */
const spareRows = 4

/**
 * The rows that the owner's index finds nearest, at least `topK`, or `undefined` when it is short of that: rows that
 * match may be fewer, or beyond its reach.
 */
export async function searchByIndex<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  element: IndexElement,
): Promise<readonly Proposal[] | undefined> {
  const { text, values } = indexStatement(request, element)
  const { rows } = await session.query(text, values)
  if (rows.length < request.search.topK) return undefined
  const exact = new QueryCosine(request.query)
  return rows.map(([hex, ...rest]) => {
    const row = takeApart(rest)
    return { row, position: row.position, score: exact.ofHex(textOf(hex)) }
  })
}

/** The statement; a filter is asked row by row, so that the index stays what the rows come from. */
export function indexStatement<T extends MemoryNode | EpisodicMemory>(
  { store, kind, access, query, search }: SearchRequest<T>,
  element: IndexElement,
): { readonly text: string; readonly values: readonly unknown[] } {
  const parameters = new Parameters()
  const schema = store.names.quoted
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const distance = indexedDistance(store, element, query, parameters)
  const filters = filterConditions(search.filter, 'f', parameters)
  const passes =
    filters.length === 0
      ? ''
      : `AND EXISTS (SELECT FROM ${schema}.${kind.table} f
           WHERE f.owner_key = v.owner_key AND f.id = v.id AND ${filters.join(' AND ')} OFFSET 0)`
  const text = `WITH nearest AS MATERIALIZED (
       SELECT v.owner_key, v.id FROM ${schema}.${kind.vectorTable} v
       WHERE ${parameters.access(access, 'v')} ${passes}
       ORDER BY ${distance} LIMIT ${parameters.add(search.topK + spareRows)})
     SELECT ${vectorHex(store)}, ${columns.join(', ')} FROM nearest
     JOIN ${schema}.${kind.vectorTable} v ON v.owner_key = nearest.owner_key AND v.id = nearest.id
     JOIN ${schema}.${kind.table} r ON r.owner_key = nearest.owner_key AND r.id = nearest.id
     WHERE ${parameters.access(access, 'v')} AND ${parameters.access(access, 'r')}`
  return { text, values: parameters.values }
}
