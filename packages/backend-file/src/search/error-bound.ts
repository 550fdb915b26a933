// Every constant is explained, and every bound proven, in docs/exact-search.md.

/** Columns up to which the proof holds. */
export const maxColumns = 65_536
/** Greatest magnitude of an integer in a row. */
export const rowLimit = 127
/** Greatest magnitude of an integer in a query. */
export const queryLimit = 32_767
/** Greatest sum of the magnitudes in a query: with int8 rows, no sum of products leaves 32 bits. */
export const querySumLimit = Math.floor((2 ** 31 - 1) / 128)
/** Covers everything that is rounded: the float32 scale of a row, and arithmetic in float32 and float64. */
export const roundingSlack = 2 ** -18

/** What the integers of a query may be wrong by, as part of every bound. */
export function queryMargin(queryError: number): number {
  return queryError + roundingSlack
}

/**
 * How far the exact cosine may be from the approximate one: the row's error counts only as far as it is perpendicular
 * to the row, so that the bound shrinks for a row that points the way of the query.
 * @param margin of {@link queryMargin}.
 */
export function scoreBound(approximate: number, rowError: number, margin: number): number {
  const along = Math.max(0, Math.abs(approximate) - margin)
  if (along >= 1) return margin
  // Not 1 − along²: that loses its digits where it is small.
  return rowError * Math.sqrt((1 - along) * (1 + along)) + margin
}
