import { performance } from 'node:perf_hooks'

/** Resolves after so many milliseconds, to a fraction of one: a fault should be able to fall anywhere. */
export async function passes(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  if (milliseconds > 3) await new Promise((resolve) => setTimeout(resolve, milliseconds - 2))
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
}
