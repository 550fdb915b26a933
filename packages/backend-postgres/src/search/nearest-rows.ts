import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { vectorHex } from '../records/read-records.js'
import { baseColumns, type StoredRow, takeApart } from '../records/record-kind.js'
import type { ScoredPlace } from '../records/records-at.js'
import { QueryCosine } from '../records/vector-codec.js'
import type { RoughCosine } from './rough-cosine.js'
import { fromCandidates, type SearchRequest } from './search-request.js'

/** A place and what the database computed for it. */
export interface NearPlace {
  readonly position: number
  readonly rough: number
}

/** A row with what the database computed beside what is true. */
export interface NearRow extends ScoredPlace, NearPlace {
  readonly row: StoredRow
}

/**
 * The `limit` rows that the database finds nearest, whole, nearest first: one statement, which no index over vectors
 * takes part in. Of these, rows below `least` are left out, and those that cannot be among the true top k: k others are
 * nearer by more than both errors.
 */
export async function nearestRows<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  cosine: RoughCosine,
  limit: number,
): Promise<readonly NearRow[]> {
  const { store, kind, access, query, search } = request
  const parameters = new Parameters()
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const rough = cosine.text(parameters)
  const { rows } = await session.query(
    `WITH nearest AS MATERIALIZED (
       SELECT v.owner_key, v.id, ${rough} AS rough
       ${fromCandidates(request, parameters)} ORDER BY rough DESC, v.position LIMIT ${parameters.add(limit)})
     SELECT nearest.rough, ${vectorHex(store)}, ${columns.join(', ')} FROM nearest
     JOIN ${store.names.quoted}.${kind.vectorTable} v ON v.owner_key = nearest.owner_key AND v.id = nearest.id
     JOIN ${store.names.quoted}.${kind.table} r ON r.owner_key = nearest.owner_key AND r.id = nearest.id
     WHERE nearest.rough >= GREATEST(${parameters.add(search.minScore - cosine.error)}::double precision,
         (SELECT min(first.rough) FROM (
            SELECT rough FROM nearest ORDER BY rough DESC LIMIT ${parameters.add(search.topK)}) first)
         - ${parameters.add(2 * cosine.error)}::double precision)
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
  cosine: RoughCosine,
  limit: number,
): Promise<readonly NearPlace[]> {
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT v.position, ${cosine.text(parameters)} AS rough ${fromCandidates(request, parameters)}
     ORDER BY rough DESC, v.position LIMIT ${parameters.add(limit)}`,
    parameters.values,
  )
  const places = rows.map(([position, rough]) => ({ position: numberOf(position), rough: numberOf(rough) }))
  const { topK, minScore } = request.search
  const first = places[Math.min(topK, places.length) - 1]?.rough ?? -1
  const least = Math.max(minScore - cosine.error, first - 2 * cosine.error)
  return places.filter(({ rough }) => rough >= least)
}
