/**
 * Measures the steps of a start and reports them on standard error, so that a slow first run is no riddle.
 *
 * @typedef {<T>(name: string, body: () => Promise<T>) => Promise<T>} Phase
 */

/** @type {Phase} */
export async function phase(name, body) {
  const start = performance.now()
  const result = await body()
  process.stderr.write(`db: ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
  return result
}
