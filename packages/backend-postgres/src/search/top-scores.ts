import type { ScoredPlace } from '../records/records-at.js'

/** The highest scores, ties in insertion order. */
export function topScores<T extends ScoredPlace>(
  scores: readonly T[],
  { topK, minScore }: { readonly topK: number; readonly minScore: number },
): readonly T[] {
  return scores
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || a.position - b.position)
    .slice(0, topK)
}

/**
 * The score that a row must reach to be found, as far as `best` shows it: that of the last place, or the lowest that was
 * asked for while places are free.
 */
export function scoreToReach(
  best: readonly ScoredPlace[],
  { topK, minScore }: { readonly topK: number; readonly minScore: number },
): number {
  return best.length < topK ? minScore : (best.at(-1)?.score ?? minScore)
}
