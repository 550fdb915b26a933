import { maxColumns, rowLimit } from './error-bound.js'

/** What turns the integers of a row back into a direction: `vector / |vector| ≈ scale · integers`. */
export interface RowScale {
  /** Float32. */
  readonly scale: number
  /** Float32, rounded up: the length of what the integers leave out of the vector of length 1, across the row. */
  readonly error: number
}

/** Around 1.5 · 2^23 float32 holds integers only: adding it rounds to the nearest one. */
const noFraction = 1.5 * 2 ** 23
/** Values below `least` are multiplied by `factor`, a power of two, so that 127 divided by one of them is a float32. */
const lift = { least: 2 ** -60, factor: 2 ** 80 } as const
/** Relative, more than all rounding: of what the integers leave out, and of its length as a part of the vector's. */
const roundingOfError = 2 ** -20

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
  for (let column = 0; column < columns; column++) {
    const magnitude = Math.abs(vector[column] ?? 0)
    if (!Number.isFinite(magnitude)) throw new RangeError(notFinite)
    if (magnitude > greatest) greatest = magnitude
  }
  if (greatest === 0) {
    into.fill(0)
    return noDirection
  }
  const lifted = greatest < lift.least ? lift.factor : 1
  const step = Math.fround(rowLimit / (greatest * lifted))
  const [squares, products] = [new PairedSums(), new PairedSums()]
  let integerSquares = 0
  for (let column = 0; column < columns; column++) {
    const value = Math.fround((vector[column] ?? 0) * lifted * step)
    const integer = Math.fround(value + noFraction) - noFraction
    into[column] = integer
    // No rounding: the difference has no more digits than the value.
    const left = value - integer
    squares.add(column, Math.fround(left * left))
    products.add(column, Math.fround(left * integer))
    // 65,536 squares of up to 127 do not fill 32 bits.
    integerSquares = (integerSquares + integer * integer) | 0
  }
  return scaleOf(squares.total, products.total, integerSquares)
}

/** @param squares of what the integers leave out. @param products of that with the integers. */
function scaleOf(squares: number, products: number, integerSquares: number): RowScale {
  const length = Math.sqrt(integerSquares + (2 * products + squares))
  // The multiple of the integers that lies closest to the vector.
  const scale = Math.fround((integerSquares + products) / integerSquares / length)
  const missing = 1 - scale * length
  const left = Math.max(0, squares + missing * (2 * products + missing * integerSquares))
  const error = Math.sqrt(left + roundingOfError * squares) / length
  return { scale, error: Math.fround(error * (1 + roundingOfError)) }
}

/**
 * A sum as the processor's vectors make it, so that both give the same, bit for bit: of 8 columns, those that are 4
 * apart are added in float32, and what that gives in four sums in float64.
 */
class PairedSums {
  readonly #firsts = new Float64Array(4)
  readonly #sums = new Float64Array(4)

  /** To be called for one column after the other. */
  add(column: number, value: number): void {
    const place = column & 3
    if ((column & 4) === 0) {
      this.#firsts[place] = value
      return
    }
    this.#sums[place] = (this.#sums[place] ?? 0) + Math.fround((this.#firsts[place] ?? 0) + value)
    this.#firsts[place] = 0
  }

  get total(): number {
    const [sum0, sum1, sum2, sum3] = this.#sums.map((sum, place) => sum + (this.#firsts[place] ?? 0))
    return (sum0 ?? 0) + (sum2 ?? 0) + ((sum1 ?? 0) + (sum3 ?? 0))
  }
}
