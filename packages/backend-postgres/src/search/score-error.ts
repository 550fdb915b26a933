/** Half a unit in the last place of float32, relative; the same of 16 bits. */
const unit = 2 ** -24
const halfUnit = 2 ** -11

/** Half the distance of the smallest values of 16 bits. */
const leastHalf = 2 ** -25

/** More than what float64 loses, in a score and in the bounds that are computed from these errors. */
const slack = 2 ** -30

/**
 * How far a cosine that PostgreSQL computed from whole vectors may lie from the true one.
 *
 * pgvector multiplies and adds `dimensions` pairs in float32, in an order that depends on the machine. In any order the
 * error is at most γ · Σ|xᵢqᵢ| with γ = nu / (1 − nu), and Σ|xᵢqᵢ| is at most the product of the lengths; the query,
 * of length 1, was rounded to float32 before, which is one rounding more. The products with `inverse_length` and what
 * float64 rounds are far below the few roundings that are added here.
 * Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, (3.5).
 */
export function scoreError(dimensions: number): number {
  const roundings = (dimensions + 8) * unit
  return roundings / (1 - roundings)
}

/**
 * The same of one that was computed from rough copies and a query that was rounded as well. docs/postgres-search.md
 * proves it.
 * @param queryError how far the rounded query is from its direction.
 */
export function roughScoreError(dimensions: number, queryError: number): number {
  const copyError = halfUnit + leastHalf * Math.sqrt(dimensions) + 8 * unit
  const both = (1 + copyError) * (1 + queryError)
  return copyError * (1 + queryError) + queryError + scoreError(dimensions) * both + slack
}
