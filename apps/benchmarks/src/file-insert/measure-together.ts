import type { Finding } from '../finding.js'
import type { SyncCounter } from '../sync-counter.js'
import { timed } from '../timed.js'
import type { BenchStore } from './bench-store.js'
import type { SampleNode } from './sample-nodes.js'
import type { FileInsertSizes } from './sizes.js'

/** Single inserts that are all called at once, beside as many of which each waits for the one before. */
export async function measureTogether(
  store: BenchStore,
  syncs: SyncCounter,
  { together, repetitions }: FileInsertSizes,
): Promise<readonly Finding[]> {
  const { backend, nodes } = store
  const ways = [
    (added: readonly SampleNode[]) => Promise.all(added.map((node) => backend.insertNode(node))),
    async (added: readonly SampleNode[]) => {
      for (const node of added) await backend.insertNode(node)
    },
  ]
  const times: [number[], number[]] = [[], []]
  const counts: [number[], number[]] = [[], []]
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const order = repetition % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
    for (const index of order) {
      const added = nodes.take(together)
      const before = syncs.count
      const time = await timed(async () => ways[index]?.(added))
      if (repetition === 0) continue
      times[index].push(time / together)
      counts[index].push(syncs.count - before)
    }
  }
  await store.expectAll()
  const ratios = times[0].map((time, index) => time / (times[1][index] ?? Number.NaN))
  return [
    { name: `one of ${together} inserts at once, relative to one after another`, unit: '', samples: ratios },
    { name: `one of ${together} inserts at once`, unit: 'ms', samples: times[0] },
    { name: `one of ${together} inserts one after another`, unit: 'ms', samples: times[1] },
    { name: `syncs for ${together} inserts at once`, unit: '', samples: counts[0] },
    { name: `syncs for ${together} inserts one after another`, unit: '', samples: counts[1] },
  ]
}
