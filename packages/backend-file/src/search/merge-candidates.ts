import { type CandidateList, CandidateSet, type Candidates } from './candidate-set.js'
import type { WantedRows } from './scan-alone.js'

/**
 * Of what sets of different rows have kept, what one set of all these rows would keep: docs/exact-search.md, "Threads".
 * @param lists each ascending. @returns ascending.
 */
export function mergeCandidates(
  lists: readonly CandidateList[],
  { limit, minScore }: WantedRows,
): Candidates {
  const all = new CandidateSet(limit, minScore)
  const places = lists.map(() => 0)
  for (;;) {
    let first = -1
    let least = Number.POSITIVE_INFINITY
    for (let at = 0; at < lists.length; at++) {
      const row = lists[at]?.rows[places[at] ?? 0] ?? Number.POSITIVE_INFINITY
      if (row >= least) continue
      first = at
      least = row
    }
    const list = lists[first]
    if (list === undefined) return all.survivors()
    const place = places[first] ?? 0
    all.offer(least, list.lower[place] ?? 0, list.upper[place] ?? 0)
    places[first] = place + 1
  }
}
