import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { int8Array } from '../records/binary-array.js'
import { vectorBits, vectorHex } from '../records/read-records.js'
import type { ScoredPlace } from '../records/records-at.js'
import { rounds } from '../records/rounds.js'
import { QueryCosine } from '../records/vector-codec.js'
import { type RoughCosine, roughCosine, wholeCosine } from './rough-cosine.js'
import { fromCandidates, type SearchRequest } from './search-request.js'

/**
 * The scores of all rows that may reach `reached`, as far as the database, whose arithmetic is rough, can tell. Of rows
 * with the same vector, which have the same score, no more than the first `topK`: a scope may hold one vector many times.
 */
export async function widenedScores<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  reached: number,
): Promise<readonly ScoredPlace[]> {
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT position, first FROM (
       SELECT v.position, min(v.position) OVER same AS first,
         row_number() OVER (same ORDER BY v.position) AS place
       ${fromCandidates(request, parameters)} AND ${mayReach(request, reached, parameters)}
       WINDOW same AS (PARTITION BY pg_catalog.sha256(${vectorBits(request.store)}))) near
     WHERE place <= ${parameters.add(request.search.topK)}`,
    parameters.values,
  )
  const places = rows.map(([position, first]) => ({ position: numberOf(position), first: numberOf(first) }))
  const distinct = [...new Set(places.map(({ first }) => first))]
  const scores = await scoresAt(session, request, distinct)
  return places.flatMap(({ position, first }) => {
    const score = scores.get(first)
    return score === undefined ? [] : [{ position, score }]
  })
}

/** Whole vectors, which lie elsewhere, are read only of rows whose rough copies are near enough. */
function mayReach<T extends MemoryNode | EpisodicMemory>(
  request: SearchRequest<T>,
  reached: number,
  parameters: Parameters,
): string {
  const passes = ({ text, error }: RoughCosine) =>
    `${text(parameters)} >= ${parameters.add(reached - error)}::double precision`
  const whole = wholeCosine(request)
  if (request.store.layout === 'whole') return passes(whole)
  return `CASE WHEN ${passes(roughCosine(request))} THEN ${passes(whole)} ELSE false END`
}

/** Position → cosine similarity in float64. */
export async function scoresAt<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  { store, kind, access, query }: SearchRequest<T>,
  positions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const scores = new Map<number, number>()
  const exact = new QueryCosine(query)
  for (const part of rounds(positions)) {
    const parameters = new Parameters()
    const { rows } = await session.query(
      `SELECT v.position, ${vectorHex(store)} FROM ${store.names.quoted}.${kind.vectorTable} v
       WHERE ${parameters.access(access, 'v')} AND v.position = ANY(${parameters.add(int8Array(part))}::bigint[])`,
      parameters.values,
    )
    for (const [position, hex] of rows) scores.set(numberOf(position), exact.ofHex(textOf(hex)))
  }
  return scores
}
