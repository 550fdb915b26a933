import { seededRandom } from '../simulated-disk/seeded-random.js'

/** Deterministic numbers for vectors. */
export interface VectorRandom {
  /** An integer from 0 up to `bound`, which is left out. */
  below(bound: number): number
  /** Standard normal. */
  normal(): number
  /** `columns` standard normal values. */
  vector(columns: number): Float32Array
  /** 0 up to `count`, in any order. */
  permutation(count: number): number[]
}

export function vectorRandom(seed: number): VectorRandom {
  const { below } = seededRandom(seed)
  const unit = () => (below(2 ** 30) + 1) / (2 ** 30 + 1)
  // Box and Muller.
  const normal = () => Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit())
  return {
    below,
    normal,
    vector: (columns) => Float32Array.from({ length: columns }, normal),
    permutation: (count) => {
      const order = Array.from({ length: count }, (_, index) => index)
      for (let last = count - 1; last > 0; last--) {
        const other = below(last + 1)
        const moved = order[last] ?? 0
        order[last] = order[other] ?? 0
        order[other] = moved
      }
      return order
    },
  }
}

/** A float32 vector of any length the values come in. */
export function scaled(vector: Float32Array, factor: number): Float32Array {
  return vector.map((value) => value * factor)
}

/** `vector + factor · other`. */
export function sum(vector: Float32Array, factor: number, other: Float32Array): Float32Array {
  return vector.map((value, column) => value + factor * (other[column] ?? 0))
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0
  for (let column = 0; column < a.length; column++) total += (a[column] ?? 0) * (b[column] ?? 0)
  return total
}

/** Cosine similarity in float64, in the simplest of all loops. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
