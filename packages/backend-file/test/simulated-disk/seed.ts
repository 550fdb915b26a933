/** Seed of the random tests of a run: `HOLDFAST_SEED`, else another one each day. It stands in the tests' names. */
export const seed = Number(process.env.HOLDFAST_SEED ?? Math.floor(Date.now() / 86_400_000))
