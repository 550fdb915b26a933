/** The seed of this run: `HOLDFAST_FAULT_SEED`, or a new one. It is printed, so that a failure can be repeated. */
export function faultSeed(name: string): number {
  const seed = Number(process.env.HOLDFAST_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: HOLDFAST_FAULT_SEED=${seed}`)
  return seed
}
