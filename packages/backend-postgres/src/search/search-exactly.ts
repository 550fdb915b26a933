import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Session } from '../connection/session.js'
import { recordsAt, type Scored, type ScoredPlace } from '../records/records-at.js'
import type { VectorLayout } from '../schema/vector-layout.js'
import { type NearPlace, nearestPlaces, nearestRows } from './nearest-rows.js'
import { roughCosine } from './rough-cosine.js'
import type { SearchRequest } from './search-request.js'
import { scoreToReach, topScores } from './top-scores.js'
import { scoresAt, widenedScores } from './widened-scores.js'

/** More rows than this are not fetched whole at once. */
const maxWholeRows = 128

/**
 * The true top k of a scope: scope and filter first, then every row that is left is compared, in the database and
 * roughly; the nearest few are compared again in float64, and those scores count.
 *
 * Why none is missed: a row beyond the nearest that the database was asked for has a rough score of at most that of the
 * last of them, so a true one of at most that plus the error of such scores. If that reaches the score of the k-th place,
 * where it could tie or win, every row that is near enough is fetched. docs/postgres-search.md has the proof.
 */
export async function searchExactly<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
): Promise<readonly Scored<T>[]> {
  const { store, kind, access, search } = request
  const cosine = roughCosine(request)
  const limit = search.topK + spareRows(store.layout, search.topK)
  const fetched = (scores: readonly ScoredPlace[]) =>
    recordsAt(session, store, kind, access, topScores(scores, search))
  if (limit <= maxWholeRows) {
    const near = await nearestRows(session, request, cosine, limit)
    const best = topScores(near, search)
    const reached = scoreToReach(best, search)
    if (isEnough(near, limit, reached - cosine.error)) {
      return best.map(({ record, score }) => ({ record: record.get(), score }))
    }
    // What is asked now has to be of the same moment.
    if (request.isAlone === true) return searchExactly(session, { ...request, isAlone: false })
    return fetched(await widenedScores(session, request, reached))
  }
  const places = await nearestPlaces(session, request, cosine, limit)
  const scores = await scoresAt(
    session,
    request,
    places.map(({ position }) => position),
  )
  const near = [...scores].map(([position, score]) => ({ position, score }))
  const reached = scoreToReach(topScores(near, search), search)
  if (isEnough(places, limit, reached - cosine.error)) return fetched(near)
  return fetched(await widenedScores(session, request, reached))
}

/** Whether no other row can have a rough score of `least`: the nearest were all there are, or go further down. */
function isEnough(nearest: readonly NearPlace[], limit: number, least: number): boolean {
  return nearest.length < limit || (nearest.at(-1)?.rough ?? 0) < least
}

/**
 * Rows asked for beyond `topK`, so that the scores of the last places are seldom too close to be sure of. Of rough copies
 * more lie that close; those that do not are not fetched.
 */
function spareRows(layout: VectorLayout, topK: number): number {
  return layout === 'rough' ? 16 + Math.ceil(topK / 2) : 4
}
