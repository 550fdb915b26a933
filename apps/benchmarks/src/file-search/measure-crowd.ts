import { FileBackend } from '@holdfast/backend-file'
import type { Finding } from '../finding.js'
import { quantile } from '../quantile.js'
import { timed } from '../timed.js'
import type { Queries } from './queries.js'
import { backendSearcher } from './searcher.js'
import { type FileSearchSizes, topK } from './sizes.js'

/** Searches that make one sample: a single one is too short to be measured alone. */
const inTurn = 20

/**
 * A small tenant in a store of many, and the same nodes alone in another store, in turn.
 * @param crowded data directory of the one. @param alone data directory of the other.
 */
export async function measureCrowd(
  crowded: string,
  alone: string,
  tenantId: string,
  queries: Queries,
  { small, tenants, queries: rounds }: FileSearchSizes,
): Promise<readonly Finding[]> {
  const start = performance.now()
  await using inCrowd = await FileBackend.open({ dataDir: crowded })
  const opened = performance.now() - start
  await using byItself = await FileBackend.open({ dataDir: alone })
  const searchers = [inCrowd, byItself].map((backend) => backendSearcher(backend, tenantId, queries))
  const first = await timed(async () => searchers[0]?.search(0))
  const times: [number[], number[]] = [[], []]
  // The first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    const single: [number[], number[]] = [[], []]
    for (let turn = 0; turn < inTurn; turn++) {
      const number = (round * inTurn + turn) % queries.vectors.length
      const found: (readonly number[] | undefined)[] = []
      for (const index of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const answer = await searchers[index]?.search(number)
        if (answer !== undefined) single[index].push(answer.milliseconds)
        found.push(answer?.found)
      }
      if (found[0]?.join() !== found[1]?.join()) throw new Error('the same tenant has two different answers')
    }
    if (round === 0) continue
    for (const index of [0, 1] as const) times[index].push(quantile(single[index], 0.5))
  }
  const all = small * tenants
  const ratios = times[0].map((time, index) => time / (times[1][index] ?? Number.NaN))
  return [
    {
      name: `top ${topK} of a tenant of ${small} among ${all}`,
      unit: 'ms',
      target: { bound: 'at most', value: 0.5 },
      samples: times[0],
    },
    {
      name: `the same, relative to the tenant of ${small} alone`,
      unit: '',
      target: { bound: 'at most', value: 1.2 },
      samples: ratios,
    },
    { name: `top ${topK} of the tenant of ${small} alone`, unit: 'ms', samples: times[1] },
    { name: `first search of a tenant of ${small} among ${all}`, unit: 'ms', samples: [first] },
    { name: `opening ${all} nodes, no cache`, unit: 's', samples: [opened / 1000] },
  ]
}
