import { randomInt } from 'node:crypto'
import { onTestFailed } from 'vitest'

/** Numbers of 0 to 1, the same for the same seed on every machine. Mulberry32, Tommy Ettinger, 2017, public domain. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Numbers for one test, by `HOLDFAST_TEST_SEED` or a new seed, which is printed when the test fails. */
export function seeded(): () => number {
  const seed = Number(process.env.HOLDFAST_TEST_SEED ?? randomInt(2 ** 31))
  onTestFailed(() => console.error(`HOLDFAST_TEST_SEED=${seed}`))
  return randomNumbers(seed)
}
