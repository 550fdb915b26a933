/** Deterministic randomness: the same seed gives the same values everywhere. */
export interface SeededRandom {
  /** From 0 up to 1, 1 left out. */
  next(): number
  /** An integer from 0 up to `bound`, which is left out. */
  below(bound: number): number
  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T
  /** A vector of normally distributed float32 components. */
  vector(dimensions: number): Float32Array
}

/** Mulberry32 by Tommy Ettinger, public domain: 32 bits of state. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  // Box and Muller's transform.
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    vector: (dimensions) => Float32Array.from({ length: dimensions }, normal),
  }
}
