/** Numbers of 0 to 1 that follow from a seed. Mulberry32, Tommy Ettinger, 2017. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The seed of this run: `HOLDFAST_FAULT_SEED`, or a new one. It is printed, so that a failure can be repeated. */
export function faultSeed(name: string): number {
  const seed = Number(process.env.HOLDFAST_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: HOLDFAST_FAULT_SEED=${seed}`)
  return seed
}
