import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Command } from '../connection/command.js'
import { Parameters } from '../connection/parameters.js'
import type { Session } from '../connection/session.js'
import { filterConditions } from '../records/filter-conditions.js'
import { vectorBits } from '../records/read-records.js'
import { baseColumns } from '../records/record-kind.js'
import { type FoundRow, foundRows, readFound } from './found-row.js'
import { type IndexElement, indexedDistance } from './index-element.js'
import { fromReadyIndex } from './ready-index.js'
import type { SearchRequest } from './search-request.js'

/** Rows asked of an index beyond `topK`: it goes by rounded vectors, and their true scores decide. */
const spareRows = 4

/**
 * The rows that the owner's index finds nearest, at least `topK`, or `undefined` when it is short of that: rows that
 * match may be fewer, or beyond its reach, or the index is not ready any more.
 */
export async function searchByIndex<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  element: IndexElement,
  state: 'ready' | 'unchecked' = 'ready',
): Promise<readonly FoundRow<T>[] | undefined> {
  const statement = indexStatement(request, element, state)
  const proposals = await readFound(session, request, statement, foundRows(request))
  return proposals.length < request.search.topK ? undefined : proposals
}

/**
 * The statement; a filter is asked row by row, so that the index stays what the rows come from. That the index is ready
 * is asked once, before the first row: without it there are none.
 */
function indexStatement<T extends MemoryNode | EpisodicMemory>(
  { store, kind, access, query, search }: SearchRequest<T>,
  element: IndexElement,
  state: 'ready' | 'unchecked',
): Command {
  if (access.kind !== 'owner') throw new RangeError('an index belongs to one owner')
  const parameters = new Parameters()
  const schema = store.names.quoted
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const distance = indexedDistance(store, element, query, parameters)
  const filters = filterConditions(search.filter, 'f', parameters)
  const conditions = [
    parameters.access(access, 'v'),
    ...(state === 'ready'
      ? [`(SELECT true ${fromReadyIndex({ store, kind }, parameters.add(access.ownerKey))})`]
      : []),
    ...(filters.length === 0
      ? []
      : [
          `EXISTS (SELECT FROM ${schema}.${kind.table} f
             WHERE f.owner_key = v.owner_key AND f.id = v.id AND ${filters.join(' AND ')} OFFSET 0)`,
        ]),
  ]
  const text = `WITH nearest AS MATERIALIZED (
       SELECT v.owner_key, v.id, ${vectorBits(store)} AS bits FROM ${schema}.${kind.vectorTable} v
       WHERE ${conditions.join(' AND ')}
       ORDER BY ${distance} LIMIT ${parameters.add(search.topK + spareRows)})
     SELECT encode(nearest.bits, 'hex'), ${columns.join(', ')} FROM nearest
     JOIN ${schema}.${kind.table} r ON r.owner_key = nearest.owner_key AND r.id = nearest.id
     WHERE ${parameters.access(access, 'r')}`
  return { text, values: parameters.values }
}
