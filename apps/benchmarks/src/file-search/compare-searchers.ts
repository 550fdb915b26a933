import { setTimeout } from 'node:timers/promises'
import { type ExactTop, recallOf } from './exact-top.js'
import type { Searcher } from './searcher.js'

/** What two searchers took and gave for the same queries. */
export interface Comparison {
  /** The first one's time divided by the other's, query by query. */
  readonly ratios: readonly number[]
  readonly times: readonly [readonly number[], readonly number[]]
  readonly recalls: readonly [readonly number[], readonly number[]]
}

export interface Turns {
  /** Milliseconds before each turn. */
  readonly rest: number
  /** Searches of one before it is the other's turn. */
  readonly inARow: number
}

/**
 * Threads that wait for more work after an answer, as those of OpenBLAS do for about 25 ms, would be in the way of the
 * other searcher.
 */
const restOfThreads = 50

/**
 * Each searches as an application does, several times in a row. After a rest the processor and its memory take some
 * milliseconds until they are as fast as before.
 */
export const warm: Turns = { rest: restOfThreads, inARow: 5 }

/** Every search is the first after a rest, and after the other has been through its own vectors. */
export const rested: Turns = { rest: restOfThreads, inARow: 1 }

/**
 * Asks two searchers the same queries in turns, now the one first, now the other, each when the other has come to rest.
 * The first half of the queries only warms up: what an engine compiles is not compiled before it has run often.
 * @param truths what is to be found, by the number of the query.
 */
export async function compareSearchers(
  ours: Searcher,
  theirs: Searcher,
  truths: ReadonlyMap<number, ExactTop>,
  { rest, inARow }: Turns = warm,
): Promise<Comparison> {
  const searchers = [ours, theirs] as const
  const times: [number[], number[]] = [[], []]
  const recalls: [number[], number[]] = [[], []]
  const queries = [...truths]
  const warmUp = Math.floor(truths.size / 2)
  for (let first = 0, turn = 0; first < queries.length; first += inARow, turn += 1) {
    for (const index of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      if (rest > 0) await setTimeout(rest)
      for (const [offset, [number, truth]] of queries.slice(first, first + inARow).entries()) {
        const { milliseconds, found } = await searchers[index].search(number)
        if (first + offset < warmUp) continue
        times[index].push(milliseconds)
        recalls[index].push(recallOf(found, truth))
      }
    }
  }
  const ratios = times[0].map((time, index) => time / (times[1][index] ?? Number.NaN))
  return { ratios, times, recalls }
}
