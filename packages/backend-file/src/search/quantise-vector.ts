import { maxColumns, rowLimit } from './error-bound.js'

/** What turns the integers of a row back into a direction: `vector / |vector| ≈ scale · integers`. */
export interface RowScale {
  /** Float32. */
  readonly scale: number
  /** Float32, rounded up: the length of what the integers leave out of the vector of length 1. */
  readonly error: number
}

/** Around 1.5 · 2^52 float64 holds integers only: adding it rounds to the nearest one. */
const noFraction = 1.5 * 2 ** 52

/** The message for a value that has no place in a vector. */
export const notFinite = 'a vector holds a value that is not finite'

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
  const sums = new FourSums()
  for (let column = 0; column < columns; column++) {
    const value = vector[column] ?? 0
    const magnitude = Math.abs(value)
    if (magnitude > greatest) greatest = magnitude
    sums.add(column, value * value)
  }
  // Of finite float32 values no square and no sum of squares leaves the range of float64, below or above.
  const squares = sums.take()
  if (!Number.isFinite(squares)) throw new RangeError(notFinite)
  if (greatest === 0) {
    into.fill(0)
    return noDirection
  }
  const step = rowLimit / greatest
  let integerSquares = 0
  for (let column = 0; column < columns; column++) {
    const value = vector[column] ?? 0
    const integer = value * step + noFraction - noFraction
    into[column] = integer
    sums.add(column, value * integer)
    // 65,536 squares of up to 127 do not fill 32 bits.
    integerSquares = (integerSquares + integer * integer) | 0
  }
  const length = Math.sqrt(squares)
  // The multiple of the integers that lies closest to the vector.
  const scale = Math.fround(sums.take() / integerSquares / length)
  const multiple = scale * length
  for (let column = 0; column < columns; column++) {
    const left = (vector[column] ?? 0) - multiple * (into[column] ?? 0)
    sums.add(column, left * left)
  }
  return { scale, error: roundUp(Math.sqrt(sums.take()) / length) }
}

/** A sum in four parts, as the processor's vectors make it, so that both give the same, bit for bit. */
class FourSums {
  readonly #parts = new Float64Array(4)

  add(column: number, value: number): void {
    this.#parts[column & 3] = (this.#parts[column & 3] ?? 0) + value
  }

  /** The sum, which starts from 0 again. */
  take(): number {
    const [part0 = 0, part1 = 0, part2 = 0, part3 = 0] = this.#parts
    this.#parts.fill(0)
    return part0 + part2 + (part1 + part3)
  }
}

/** The next float32 that is not smaller, or the one after it. */
function roundUp(value: number): number {
  return Math.fround(value * (1 + 2 ** -23))
}
