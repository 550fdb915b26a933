/** Deterministic randomness: the same seed gives the same values everywhere. */
export interface SeededRandom {
  /** An integer from 0 up to `bound`, which is left out. */
  below(bound: number): number
}

/** Mulberry32 by Tommy Ettinger, public domain: 32 bits of state. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  return {
    below(bound) {
      state = (state + 0x6d2b79f5) >>> 0
      let bits = Math.imul(state ^ (state >>> 15), state | 1)
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
      return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * bound)
    },
  }
}
