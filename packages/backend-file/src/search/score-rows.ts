/** What a kernel finds for a block of rows; both have one entry a row. */
export interface RowScores {
  /** Dot product with the query. */
  readonly dots: Float64Array
  /** Sum of the squares: not finite when the row holds NaN or an infinity, 0 for a row of zeros. */
  readonly squares: Float64Array
}

/** Scores a block of vectors that stand one after the other. Another implementation must give the same to 1e-12. */
export type ScoreKernel = (query: Float32Array, data: Float32Array, into: RowScores, rows: number) => void

/**
 * Plain loops in float64. Four independent sums let the processor overlap the additions.
 * A product of two float32 numbers is exact in float64 and no sum of 16,000 of them overflows.
 */
export const scoreRows: ScoreKernel = (query, data, into, rows) => {
  const columns = query.length
  const whole = columns - (columns % 4)
  for (let row = 0; row < rows; row++) {
    const base = row * columns
    let dot0 = 0
    let dot1 = 0
    let dot2 = 0
    let dot3 = 0
    let square0 = 0
    let square1 = 0
    let square2 = 0
    let square3 = 0
    for (let column = 0; column < whole; column += 4) {
      const at = base + column
      const value0 = data[at] ?? 0
      const value1 = data[at + 1] ?? 0
      const value2 = data[at + 2] ?? 0
      const value3 = data[at + 3] ?? 0
      dot0 += value0 * (query[column] ?? 0)
      dot1 += value1 * (query[column + 1] ?? 0)
      dot2 += value2 * (query[column + 2] ?? 0)
      dot3 += value3 * (query[column + 3] ?? 0)
      square0 += value0 * value0
      square1 += value1 * value1
      square2 += value2 * value2
      square3 += value3 * value3
    }
    for (let column = whole; column < columns; column++) {
      const value = data[base + column] ?? 0
      dot0 += value * (query[column] ?? 0)
      square0 += value * value
    }
    into.dots[row] = dot0 + dot1 + (dot2 + dot3)
    into.squares[row] = square0 + square1 + (square2 + square3)
  }
}
