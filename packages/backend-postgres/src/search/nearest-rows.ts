import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Row, type Session } from '../connection/session.js'
import { vectorHex } from '../records/read-records.js'
import { baseColumns } from '../records/record-kind.js'
import { type FoundRow, foundRows, readFound } from './found-row.js'
import type { RoughCosine } from './rough-cosine.js'
import { fromCandidates, type SearchRequest } from './search-request.js'

/** A place and what the database computed for it. */
export interface NearPlace {
  readonly position: number
  readonly rough: number
}

/** A row with what the database computed beside what is true. */
export interface NearRow<T> extends FoundRow<T>, NearPlace {}

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
): Promise<readonly NearRow<T>[]> {
  const { store, kind, access, search } = request
  const parameters = new Parameters()
  const columns = [...baseColumns, ...kind.columns].map((column) => `r.${column}`)
  const rough = cosine.text(parameters)
  // A vector beside a rough copy lies outside of its row: the row holds only where. A whole one is read again instead.
  const isOutside = store.layout === 'rough'
  const [carried, vector] = isOutside ? [', v.raw, v.embedding', 'nearest'] : ['', 'v']
  const nearest = `SELECT v.owner_key, v.id${carried}, ${rough} AS rough
    ${fromCandidates(request, parameters)} ORDER BY rough DESC, v.position LIMIT ${parameters.add(limit)}`
  const join = isOutside
    ? ''
    : `JOIN ${store.names.quoted}.${kind.vectorTable} v ON v.owner_key = nearest.owner_key AND v.id = nearest.id
       AND ${parameters.access(access, 'v')}`
  const text = `WITH nearest AS MATERIALIZED (${nearest})
     SELECT nearest.rough, ${vectorHex(store, vector)}, ${columns.join(', ')} FROM nearest ${join}
     JOIN ${store.names.quoted}.${kind.table} r ON r.owner_key = nearest.owner_key AND r.id = nearest.id
     WHERE nearest.rough >= GREATEST(${parameters.add(search.minScore - cosine.error)}::double precision,
         (SELECT min(first.rough) FROM (
            SELECT rough FROM nearest ORDER BY rough DESC LIMIT ${parameters.add(search.topK)}) first)
         - ${parameters.add(2 * cosine.error)}::double precision)
       AND ${parameters.access(access, 'r')}
     ORDER BY nearest.rough DESC`
  const found = foundRows(request)
  const read = ([rough = null, ...rest]: Row) => ({ ...found(rest), rough: numberOf(rough) })
  return readFound(session, request, { text, values: parameters.values }, read)
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
