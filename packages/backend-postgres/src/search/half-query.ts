/** Every value of at least this size has 11 significant bits in 16, every smaller one is a multiple of `leastStep`. */
const leastNormal = 2 ** -14
const leastStep = 2 ** -24

/** Veltkamp's constant for 11 of the 53 bits of float64. */
const splitter = 2 ** 42 + 1

/** A query of unit length, rounded to 16 bits a value. */
export interface HalfQuery {
  /** Values that 16 bits hold exactly, so that no conversion rounds them again. */
  readonly values: Float32Array
  /** How far the rounded vector is from the query's direction: the length of the difference. */
  readonly error: number
}

/** @param query not all zeros. */
export function halfQuery(query: Float32Array): HalfQuery {
  let squares = 0
  for (let index = 0; index < query.length; index++) squares += (query[index] ?? 0) ** 2
  const length = Math.sqrt(squares)
  let lost = 0
  const values = query.map((value) => {
    const wanted = value / length
    const rounded = toHalf(wanted)
    lost += (rounded - wanted) ** 2
    return rounded
  })
  return { values, error: Math.sqrt(lost) }
}

/**
 * The nearest value that 16 bits hold, of one between -1 and 1.
 * Source: T. J. Dekker, A floating-point technique for extending the available precision, 1971, section 5.
 */
function toHalf(value: number): number {
  if (Math.abs(value) < leastNormal) return Math.round(value / leastStep) * leastStep
  const scaled = value * splitter
  return scaled - (scaled - value)
}
