import { monitorEventLoopDelay } from 'node:perf_hooks'
import { FileBackend } from '@holdfast/backend-file'
import type { Finding } from '../finding.js'
import { largeTenant } from './large-store.js'
import type { Queries } from './queries.js'
import { backendSearcher } from './searcher.js'
import type { FileSearchSizes } from './sizes.js'

/** Milliseconds between two looks at the loop. */
const step = 1

/** How long nothing else could run, at most, in milliseconds. */
interface LongestBlock {
  /** Node's own histogram. */
  readonly histogram: number
  /** A timer's delay. */
  readonly timer: number
}

/** How long searches of the large tenant keep the event loop from anything else. */
export async function measureEventLoop(
  dataDir: string,
  queries: Queries,
  { rows, searches, repetitions }: FileSearchSizes,
): Promise<readonly Finding[]> {
  await using backend = await FileBackend.open({ dataDir })
  const searcher = backendSearcher(backend, largeTenant, queries)
  const search = async () => {
    for (const number of queries.take(searches)) await searcher.search(number)
  }
  await search()
  const [busy, idle]: [LongestBlock[], LongestBlock[]] = [[], []]
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now()
    busy.push(await longestBlock(search))
    const took = performance.now() - start
    idle.push(await longestBlock(() => new Promise((resolve) => setTimeout(resolve, took))))
  }
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

/** Watches the loop in two ways while work is done. */
export async function longestBlock(work: () => Promise<unknown>): Promise<LongestBlock> {
  const histogram = monitorEventLoopDelay({ resolution: step })
  let [last, timer] = [performance.now(), 0]
  const interval = setInterval(() => {
    const now = performance.now()
    timer = Math.max(timer, now - last - step)
    last = now
  }, step)
  histogram.enable()
  try {
    await work()
    // What the last bit of work held up is seen by the timers behind it.
    await new Promise((resolve) => setTimeout(resolve, 2 * step))
  } finally {
    histogram.disable()
    clearInterval(interval)
  }
  return { histogram: Math.max(0, histogram.max / 1e6 - step), timer }
}
