import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Session } from '../connection/session.js'
import { recordsAt, type Scored, type ScoredPlace } from '../records/records-at.js'
import { nearestPlaces, nearestRows } from './nearest-rows.js'
import { scoreError } from './score-error.js'
import type { SearchRequest } from './search-request.js'
import { scoreToReach, topScores } from './top-scores.js'
import { scoresAt, widenedScores } from './widened-scores.js'

/** Rows fetched beyond `topK`, so that the scores of the last places are seldom too close to be sure of. */
const spareRows = 4

/** More rows than this are not fetched whole at once. */
const maxWholeRows = 128

/**
 * The true top k of a scope: scope and filter first, then every row that is left is compared, in the database and in
 * float32; the nearest few are compared again in float64, and those scores count.
 *
 * Why none is missed: a row that was not fetched has a rough score of at most that of the last row fetched, so a true one
 * of at most that plus {@link scoreError}. If that reaches the score of the k-th place, where it could tie or win, every
 * row that is near enough is fetched.
 */
export async function searchExactly<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
): Promise<readonly Scored<T>[]> {
  const { store, kind, access, search } = request
  const error = scoreError(store.dimensions)
  const limit = search.topK + spareRows
  const fetched = (scores: readonly ScoredPlace[]) =>
    recordsAt(session, store, kind, access, topScores(scores, search))
  if (limit <= maxWholeRows) {
    const near = await nearestRows(session, request, limit, search.minScore - error)
    const best = topScores(near, search)
    const reached = scoreToReach(best, search)
    if (near.length < limit || (near.at(-1)?.rough ?? 0) + error < reached) {
      return best.map(({ row, score }) => ({ record: kind.read(row), score }))
    }
    return fetched(await widenedScores(session, request, reached - error))
  }
  const places = await nearestPlaces(session, request, limit)
  const scores = await scoresAt(
    session,
    request,
    places.map(({ position }) => position),
  )
  const near = [...scores].map(([position, score]) => ({ position, score }))
  const reached = scoreToReach(topScores(near, search), search)
  if (places.length < limit || (places.at(-1)?.rough ?? 0) + error < reached) {
    return fetched(near)
  }
  return fetched(await widenedScores(session, request, reached - error))
}
