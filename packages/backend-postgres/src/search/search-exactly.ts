import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Session } from '../connection/session.js'
import { selectRows } from '../records/read-records.js'
import { nearestPlaces, nearestRows } from './nearest-rows.js'
import { rounds } from './rounds.js'
import { scoreError } from './score-error.js'
import type { SearchRequest } from './search-request.js'
import { type Score, scoreToReach, topScores } from './top-scores.js'
import { scoresAt, widenedScores } from './widened-scores.js'

export interface Scored<T> {
  readonly record: T
  readonly score: number
}

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
  const { store, kind, search } = request
  const error = scoreError(store.dimensions)
  const limit = search.topK + spareRows
  if (limit <= maxWholeRows) {
    const near = await nearestRows(session, request, limit, search.minScore - error)
    const best = topScores(near, search)
    const reached = scoreToReach(best, search)
    if (near.length < limit || (near.at(-1)?.rough ?? 0) + error < reached) {
      return best.map(({ row, score }) => ({ record: kind.read(row), score }))
    }
    return fetched(session, request, await widenedScores(session, request, reached - error))
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
    return fetched(session, request, near)
  }
  return fetched(session, request, await widenedScores(session, request, reached - error))
}

/** The best of the scored rows with their records. */
async function fetched<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  { store, kind, access, search }: SearchRequest<T>,
  scores: readonly Score[],
): Promise<readonly Scored<T>[]> {
  const best = topScores(scores, search)
  const records = new Map<number, T>()
  for (const part of rounds(best)) {
    const positions = part.map(({ position }) => position)
    for (const { row } of await selectRows(session, store, kind, { access, positions })) {
      records.set(row.position, kind.read(row))
    }
  }
  return best.flatMap(({ position, score }) => {
    const record = records.get(position)
    return record === undefined ? [] : [{ record, score }]
  })
}
