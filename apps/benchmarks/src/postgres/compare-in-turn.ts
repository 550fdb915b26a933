import { type Comparison, compareSearchers, type Turns } from '../file-search/compare-searchers.js'
import type { ExactTop } from '../file-search/exact-top.js'
import { meanOf } from '../file-search/mean-of.js'
import type { Searcher } from '../file-search/searcher.js'
import type { Finding, Target } from '../finding.js'

export interface Compared {
  /** What is searched, such as `top 10 of a tenant of 5000 among 50000`. */
  readonly what: string
  readonly label: string
  /** What the ratio of the times, ours to theirs, is meant to be. */
  readonly target?: Target
}

/** As in an application, a search finds the processor's caches as others of its kind have left them. */
const searchesInARow = 5

/** Asks both the same queries in turns. The first figure is a ratio of times, below 1 where ours is faster. */
export async function compareInTurn(
  compared: Compared,
  ours: Searcher,
  theirs: Searcher,
  truths: ReadonlyMap<number, ExactTop>,
  inARow: number = searchesInARow,
): Promise<readonly Finding[]> {
  // A server's process sleeps as soon as it has answered, so nobody needs a rest.
  const turns: Turns = { rest: 0, inARow }
  return findingsOf(compared, await compareSearchers(ours, theirs, truths, turns))
}

/** The same figures, of something that could not be asked. */
export function notCompared(compared: Compared): readonly Finding[] {
  return findingsOf(compared)
}

function findingsOf({ what, label, target }: Compared, comparison?: Comparison): readonly Finding[] {
  const [oursTook = [], theirsTook = []] = comparison?.times ?? []
  const recalls = (comparison?.recalls ?? [[], []]).map((each) => (each.length === 0 ? [] : [meanOf(each)]))
  const name = `${what}, relative to ${label}`
  return [
    { name, unit: '', samples: comparison?.ratios ?? [], ...(target === undefined ? {} : { target }) },
    { name: `${name}: ours`, unit: 'ms', samples: oursTook },
    { name: `${name}: theirs`, unit: 'ms', samples: theirsTook },
    { name: `${name}: recall of ours`, unit: '', samples: recalls[0] ?? [] },
    { name: `${name}: recall of theirs`, unit: '', samples: recalls[1] ?? [] },
  ]
}
