import { fileURLToPath } from 'node:url'
import type { Finding } from '../finding.js'
import { runProgram } from '../run-program.js'
import type { EventLoopReport, EventLoopTask } from './event-loop-program.js'
import { largeTenant } from './large-store.js'
import type { Queries } from './queries.js'
import type { FileSearchSizes } from './sizes.js'

const program = fileURLToPath(new URL('./event-loop-program.js', import.meta.url))

/**
 * How long searches of the large tenant keep the event loop from anything else, in a process of its own: what else a
 * benchmark has in memory would have to be looked at when garbage is collected.
 */
export async function measureEventLoop(
  dataDir: string,
  queries: Queries,
  { rows, searches, rounds }: FileSearchSizes,
): Promise<readonly Finding[]> {
  const task: EventLoopTask = {
    dataDir,
    tenantId: largeTenant,
    searches,
    queries: queries.path,
    queryCount: searches * (rounds + 1),
    dimensions: queries.vector(0).length,
  }
  // Written by the program beside this file.
  const { busy, idle } = JSON.parse(
    await runProgram(process.execPath, [program, JSON.stringify(task)]),
  ) as EventLoopReport
  const name = `longest block of the event loop in ${searches} searches of ${rows}`
  return [
    {
      name,
      unit: 'ms',
      target: { bound: 'at most', value: 5 },
      samples: busy.map(({ histogram }) => histogram),
    },
    { name: `${name}, by a timer`, unit: 'ms', samples: busy.map(({ timer }) => timer) },
    {
      name: 'the same for as long without a search: what the machine does',
      unit: 'ms',
      samples: idle.map(({ histogram }) => histogram),
    },
  ]
}
