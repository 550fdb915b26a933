/** How much the first places count: the value of the paper. */
export const reciprocalRankConstant = 60

/** An item of a fused ranking. */
export interface Fused<T> {
  readonly item: T
  /** Sum over the rankings of 1 / (60 + place), places from 1. */
  readonly score: number
  /** The item's place in each ranking, from 1, or `undefined` where it is missing. */
  readonly places: readonly (number | undefined)[]
}

/**
 * Fuses rankings by reciprocal rank: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
 * individual Rank Learning Methods", SIGIR 2009, k = 60. Only places count, so scores of different kinds can be mixed.
 * Highest first; equal scores in the order of the first ranking that has one of them, then of the next.
 * @param keyOf equal for the same item in two rankings; within one ranking the keys are distinct.
 */
export function fuseRankings<T>(
  rankings: readonly (readonly T[])[],
  keyOf: (item: T) => string,
): readonly Fused<T>[] {
  const fused = new Map<string, { item: T; score: number; places: (number | undefined)[] }>()
  for (const [which, ranking] of rankings.entries()) {
    for (const [index, item] of ranking.entries()) {
      const key = keyOf(item)
      const entry = fused.get(key) ?? { item, score: 0, places: rankings.map(() => undefined) }
      entry.score += 1 / (reciprocalRankConstant + index + 1)
      entry.places[which] = index + 1
      fused.set(key, entry)
    }
  }
  // The map is in the order of first appearance and the sort is stable.
  return [...fused.values()].sort((a, b) => b.score - a.score)
}
