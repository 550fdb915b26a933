import { MemoryError } from './memory-error.js'

/** Longest vector a store can be made for. */
export const maxDimensions = 16_000

/** Dimensions of a store that is created empty when nothing else says how many. */
export const defaultDimensions = 1024

/** The model that vectors come from. It is stored with the data; vectors of different models cannot be compared. */
export interface EmbeddingModel {
  readonly provider: string
  readonly model: string
  readonly dimensions: number
}

/** Vectors of a scope, row after row. `data` has `rows * dimensions` values; row `i` belongs to `nodeIds[i]`. */
export interface EmbeddingMatrix {
  readonly nodeIds: readonly string[]
  readonly rows: number
  readonly dimensions: number
  readonly data: Float32Array
}

/**
 * Copies a vector, rounding to float32.
 * @returns `undefined` for `undefined`, and for a vector of zeros only: it has no direction, and is stored as none.
 * @throws {MemoryError} `INVALID_EMBEDDING` when it is no array of numbers, is empty, is longer than 16,000, or holds
 * a value that is not finite as float32; the message names the index.
 */
export function copyEmbedding(value: unknown, what: string): Float32Array | undefined {
  const vector = toFloat32(value, what)
  return vector?.some((component) => component !== 0) ? vector : undefined
}

/** As {@link copyEmbedding}, but a vector of zeros stays one. */
export function toFloat32(value: unknown, what: string): Float32Array | undefined {
  if (value === undefined) return undefined
  if (!(value instanceof Float32Array) && !Array.isArray(value)) {
    throw new MemoryError('INVALID_EMBEDDING', `${what} must be a Float32Array or an array of numbers`)
  }
  if (value.length === 0 || value.length > maxDimensions) {
    throw new MemoryError(
      'INVALID_EMBEDDING',
      `${what} must have 1 to ${maxDimensions} values, not ${value.length}`,
    )
  }
  if (value instanceof Float32Array) {
    const copy = new Float32Array(value)
    if (areFinite(copy)) return copy
  }
  const vector = new Float32Array(value.length)
  for (let index = 0; index < value.length; index++) {
    const component: unknown = value[index]
    const rounded = typeof component === 'number' ? Math.fround(component) : Number.NaN
    if (!Number.isFinite(rounded)) {
      throw new MemoryError('INVALID_EMBEDDING', `${what}[${index}] is not a finite float32 number`)
    }
    vector[index] = rounded
  }
  return vector
}

/**
 * Many times faster than looking at each: what is not finite is NaN when it is multiplied by 0, and stays NaN in a sum.
 * Four sums, since each addition would wait for the one before.
 */
function areFinite(vector: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  let index = 0
  for (; index + 3 < vector.length; index += 4) {
    a += (vector[index] ?? 0) * 0
    b += (vector[index + 1] ?? 0) * 0
    c += (vector[index + 2] ?? 0) * 0
    d += (vector[index + 3] ?? 0) * 0
  }
  for (; index < vector.length; index++) a += (vector[index] ?? 0) * 0
  return a + b + c + d === 0
}

/**
 * Checks a vector against the dimensions of a store, when those are known yet.
 * @throws {MemoryError} `DIMENSION_MISMATCH`.
 */
export function checkDimensions(vector: Float32Array, dimensions: number | undefined, what: string): void {
  if (dimensions !== undefined && vector.length !== dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `${what} has ${vector.length} dimensions, the store has ${dimensions}`,
    )
  }
}
