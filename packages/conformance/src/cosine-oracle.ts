/** An id and the vector that belongs to it, in insertion order. */
export interface KnownVector {
  readonly id: string
  readonly vector: Float32Array | readonly number[]
}

export interface Ranked {
  readonly id: string
  readonly score: number
}

/** Largest difference in score that two backends may have. */
export const scoreTolerance = 1e-5

/**
 * Cosine similarity in float64 of two vectors rounded to float32. Each is divided by its largest component first, so
 * that no square over- or underflows.
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const x = scaled(a)
  const y = scaled(b)
  const score = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
  return Math.max(-1, Math.min(1, score))
}

/** What an exact search must find: highest score first, ties in insertion order. */
export function rank(
  query: ArrayLike<number>,
  vectors: readonly KnownVector[],
  { topK = 10, minScore = 0 }: { readonly topK?: number; readonly minScore?: number } = {},
): readonly Ranked[] {
  return vectors
    .map(({ id, vector }) => ({ id, score: cosine(query, vector) }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score)
    .slice(0, topK)
}

/**
 * The smallest difference between two scores that are not equal. An expectation of an exact order needs it to be well
 * above the tolerance, which a test asserts.
 */
export function smallestGap(ranked: readonly Ranked[]): number {
  return ranked.slice(1).reduce((gap, { score }, index) => {
    const difference = (ranked[index]?.score ?? score) - score
    return difference === 0 ? gap : Math.min(gap, difference)
  }, Number.POSITIVE_INFINITY)
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}

function scaled(vector: ArrayLike<number>): Float64Array {
  const rounded = Float64Array.from(vector, Math.fround)
  const largest = rounded.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return rounded.map((value) => value / largest)
}
