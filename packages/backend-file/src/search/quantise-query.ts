import { maxColumns, queryLimit, querySumLimit } from './error-bound.js'
import { notFinite } from './quantise-vector.js'

/** The direction of a query in int16: `query / |query| ≈ scale · integers`. */
export interface QuantisedQuery {
  readonly integers: Int16Array
  /** Float64. */
  readonly scale: number
  /** Float64: the length of what the integers leave out of the query of length 1. */
  readonly error: number
}

/**
 * The integers are as large as int16 and the sum of a scan in 32 bits allow: the sum of their magnitudes is at most
 * `querySumLimit`. `undefined` for a query of zeros, which has no direction.
 * @throws {RangeError} for a value that is not finite, and for more than `maxColumns` values.
 */
export function quantiseQuery(query: Float32Array): QuantisedQuery | undefined {
  const columns = query.length
  if (columns > maxColumns) throw new RangeError(`${columns} columns are more than ${maxColumns}`)
  let greatest = 0
  let sum = 0
  let squares = 0
  for (let column = 0; column < columns; column++) {
    const value = query[column] ?? 0
    const magnitude = Math.abs(value)
    if (magnitude > greatest) greatest = magnitude
    sum += magnitude
    squares += value * value
  }
  if (!Number.isFinite(squares)) throw new RangeError(notFinite)
  if (greatest === 0) return undefined
  // Rounding adds at most a half to each magnitude.
  const bySum = Math.floor((querySumLimit - columns / 2 - 1) * (greatest / sum))
  const step = Math.min(queryLimit, bySum) / greatest
  const integers = new Int16Array(columns)
  let dot = 0
  let integerSquares = 0
  for (let column = 0; column < columns; column++) {
    const value = query[column] ?? 0
    const integer = Math.round(value * step)
    integers[column] = integer
    dot += value * integer
    integerSquares += integer * integer
  }
  const length = Math.sqrt(squares)
  const scale = dot / integerSquares / length
  const multiple = scale * length
  let left = 0
  for (let column = 0; column < columns; column++) {
    left += ((query[column] ?? 0) - multiple * (integers[column] ?? 0)) ** 2
  }
  return { integers, scale, error: Math.sqrt(left) / length }
}
