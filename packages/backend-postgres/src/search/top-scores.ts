/** The place of a row of the scope and its cosine with the query, in float64. */
export interface Score {
  readonly position: number
  readonly score: number
}

/** The highest scores, ties in insertion order. */
export function topScores<T extends Score>(
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
  best: readonly Score[],
  { topK, minScore }: { readonly topK: number; readonly minScore: number },
): number {
  return best.length < topK ? minScore : (best.at(-1)?.score ?? minScore)
}
