import { fileURLToPath } from 'node:url'
import { runProgram } from '../run-program.js'
import type { FreshReport, FreshTask } from './fresh-program.js'
import type { Queries } from './queries.js'

const program = fileURLToPath(new URL('./fresh-program.js', import.meta.url))

/**
 * Opens a store in a process of its own and searches it.
 * @param store nothing is opened without one.
 * @param searches the first of them is counted with the opening.
 */
export async function runFresh(
  queries: Queries,
  searches: number,
  store?: { readonly dataDir: string; readonly tenantId: string },
): Promise<FreshReport> {
  const task: FreshTask = {
    ...store,
    queries: queries.path,
    queryCount: Math.min(searches, queries.vectors.length),
    dimensions: queries.vector(0).length,
  }
  // Written by the program beside this file.
  return JSON.parse(await runProgram(process.execPath, [program, JSON.stringify(task)])) as FreshReport
}
