import { maxColumns, rowLimit } from './error-bound.js'

/** What turns the integers of a row back into a direction: `vector / |vector| ≈ scale · integers`. */
export interface RowScale {
  /** Float32. */
  readonly scale: number
  /** Float32, rounded up: the length of what the integers leave out of the vector of length 1. */
  readonly error: number
}

/** Stands for a vector without a direction: its score is below every threshold. */
export const noDirection: RowScale = { scale: 0, error: Number.NEGATIVE_INFINITY }

/**
 * The direction of a vector in int8. {@link noDirection} for a vector of zeros, which leaves `into` at zero as well.
 * The proof that `error` is enough is in docs/exact-search.md, "The integers of a row".
 * @param into as many values as the vector has.
 * @throws {RangeError} for a value that is not finite, and for more than `maxColumns` values.
 */
export function quantiseVector(vector: Float32Array, into: Int8Array): RowScale {
  const columns = vector.length
  if (columns > maxColumns) throw new RangeError(`${columns} columns are more than ${maxColumns}`)
  let greatest = 0
  let squares = 0
  for (let column = 0; column < columns; column++) {
    const value = vector[column] ?? 0
    const magnitude = Math.abs(value)
    if (magnitude > greatest) greatest = magnitude
    squares += value * value
  }
  // Of finite float32 values no square and no sum of squares leaves the range of float64, below or above.
  if (!Number.isFinite(squares)) throw new RangeError('a vector holds a value that is not finite')
  if (greatest === 0) {
    into.fill(0)
    return noDirection
  }
  const step = rowLimit / greatest
  let dot = 0
  let integerSquares = 0
  for (let column = 0; column < columns; column++) {
    const value = vector[column] ?? 0
    // To the nearest integer: cutting off rounds down what the offset has made positive.
    const integer = ((value * step + (rowLimit + 1.5)) | 0) - (rowLimit + 1)
    into[column] = integer
    dot += value * integer
    // In 32 bits, which 65,536 squares of up to 127 do not fill; as float64 it takes half as long again.
    integerSquares = (integerSquares + integer * integer) | 0
  }
  const length = Math.sqrt(squares)
  // The multiple of the integers that lies closest to the vector.
  const scale = Math.fround(dot / integerSquares / length)
  return { scale, error: roundUp(residual(vector, into, scale * length) / length) }
}

/** The length of `vector − multiple · integers`. */
export function residual(vector: Float32Array, integers: Int8Array | Int16Array, multiple: number): number {
  let squares = 0
  for (let column = 0; column < vector.length; column++) {
    const left = (vector[column] ?? 0) - multiple * (integers[column] ?? 0)
    squares += left * left
  }
  return Math.sqrt(squares)
}

/** The next float32 that is not smaller, or the one after it. */
function roundUp(value: number): number {
  return Math.fround(value * (1 + 2 ** -23))
}
