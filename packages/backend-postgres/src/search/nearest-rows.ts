import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { vectorHex } from '../records/read-records.js'
import { baseColumns, type StoredRow, takeApart } from '../records/record-kind.js'
import type { ScoredPlace } from '../records/records-at.js'
import { QueryCosine } from '../records/vector-codec.js'
import { roughCosine } from './rough-cosine.js'
import { fromCandidates, type SearchRequest } from './search-request.js'

/** A row with what the database computed beside what is true. */
export interface NearRow extends ScoredPlace {
  readonly row: StoredRow
  readonly rough: number
}

/**
 * The `limit` rows that the database finds nearest, whole, nearest first: one statement, which no index over vectors
 * takes part in. Rows below `least` are left out.
 */
export async function nearestRows<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  limit: number,
  least: number,
): Promise<readonly NearRow[]> {
  const { store, kind, access, query } = request
  const parameters = new Parameters()
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const rough = roughCosine(request, parameters)
  // Sorted without the vectors, which would be copied for every row, and joined to the few that are left.
  const { rows } = await session.query(
    `WITH nearest AS MATERIALIZED (
       SELECT v.owner_key, v.id, ${rough} AS rough
       ${fromCandidates(request, parameters)} ORDER BY rough DESC, v.position LIMIT ${parameters.add(limit)})
     SELECT nearest.rough, ${vectorHex(store)}, ${columns.join(', ')} FROM nearest
     JOIN ${store.names.quoted}.${kind.vectorTable} v ON v.owner_key = nearest.owner_key AND v.id = nearest.id
     JOIN ${store.names.quoted}.${kind.table} r ON r.owner_key = nearest.owner_key AND r.id = nearest.id
     WHERE nearest.rough >= ${parameters.add(least)}::double precision
       AND ${parameters.access(access, 'v')} AND ${parameters.access(access, 'r')}
     ORDER BY nearest.rough DESC`,
    parameters.values,
  )
  const exact = new QueryCosine(query)
  return rows.map(([rough, hex, ...rest]) => {
    const row = takeApart(rest)
    return { row, position: row.position, rough: numberOf(rough), score: exact.ofHex(textOf(hex)) }
  })
}

/** The same rows, places only. */
export async function nearestPlaces<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  limit: number,
): Promise<readonly { readonly position: number; readonly rough: number }[]> {
  const parameters = new Parameters()
  const cosine = roughCosine(request, parameters)
  const { rows } = await session.query(
    `SELECT v.position, ${cosine} AS rough ${fromCandidates(request, parameters)}
     ORDER BY rough DESC, v.position LIMIT ${parameters.add(limit)}`,
    parameters.values,
  )
  return rows.map(([position, rough]) => ({ position: numberOf(position), rough: numberOf(rough) }))
}
