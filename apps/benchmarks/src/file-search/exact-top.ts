/** The rows that a search has to find. */
export interface ExactTop {
  /** Of which each counts as found. More than were asked for where the last ones score the same. */
  readonly rows: ReadonlySet<number>
  readonly count: number
}

/** What adding up in another order may change in a cosine. */
const rounding = 1e-12

/**
 * The rows with the highest cosine similarity, from all products in float64.
 * @param vectors row-major, none all zero.
 */
export function exactTop(vectors: Float32Array, query: Float32Array, count: number): ExactTop {
  const rows = vectors.length / query.length
  const scores = new Float64Array(rows)
  for (let row = 0; row < rows; row++) scores[row] = cosine(vectors, row * query.length, query)
  const best = scores.toSorted().subarray(-count)
  const least = (best[0] ?? 0) - rounding
  const found = new Set<number>()
  for (const [row, score] of scores.entries()) if (score >= least) found.add(row)
  return { rows: found, count: best.length }
}

/** The share of what had to be found that was found. */
export function recallOf(found: readonly number[], { rows, count }: ExactTop): number {
  const right = [...new Set(found)].filter((row) => rows.has(row)).length
  return Math.min(right, count) / count
}

function cosine(vectors: Float32Array, start: number, query: Float32Array): number {
  let product = 0
  let squares = 0
  let querySquares = 0
  for (let column = 0; column < query.length; column++) {
    const value = vectors[start + column] ?? 0
    const wanted = query[column] ?? 0
    product += value * wanted
    squares += value * value
    querySquares += wanted * wanted
  }
  return product / Math.sqrt(squares * querySquares)
}
