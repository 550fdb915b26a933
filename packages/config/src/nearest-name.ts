import { distance } from 'fastest-levenshtein'

/**
 * The candidate that needs the fewest edits to become `name`, for a "did you mean".
 * @param maxDistance edits from which on a candidate no longer counts. Default: no bound.
 */
export function nearestName(
  name: string,
  candidates: readonly string[],
  maxDistance = Number.POSITIVE_INFINITY,
): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate) }))
    .sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  return best !== undefined && best.edits <= maxDistance ? best.candidate : undefined
}
