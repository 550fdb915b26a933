/** Half a unit in the last place of float32, relative. */
const unit = 2 ** -24

/**
 * How far a cosine that PostgreSQL computed may lie from the true one.
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
