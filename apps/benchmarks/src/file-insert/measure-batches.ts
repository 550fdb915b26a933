import type { Finding } from '../finding.js'
import type { RawFile } from '../raw-file.js'
import type { SyncCounter } from '../sync-counter.js'
import { timed } from '../timed.js'
import type { BenchStore } from './bench-store.js'
import { insertedBytes } from './sample-nodes.js'
import type { FileInsertSizes } from './sizes.js'

/** Batches into the large store, each beside an append of as many bytes to a bare file. */
export async function measureBatches(
  store: BenchStore,
  raw: RawFile,
  syncs: SyncCounter,
  { batch, repetitions }: FileInsertSizes,
): Promise<readonly Finding[]> {
  const { backend, nodes } = store
  const [rates, rawRates, counts]: [number[], number[], number[]] = [[], [], []]
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const added = nodes.take(batch)
    const bytes = Buffer.alloc(insertedBytes(added))
    const before = syncs.count
    const time = await timed(() => backend.insertNodes(added))
    const count = syncs.count - before
    const rawTime = await timed(() => raw.append(bytes))
    if (count === 0) throw new Error('a durable write synced nothing that was counted')
    if (repetition === 0) continue
    rates.push((1000 * batch) / time)
    rawRates.push((1000 * batch) / rawTime)
    counts.push(count)
  }
  await store.expectAll()
  return [
    {
      name: `batches of ${batch}`,
      unit: 'nodes/s',
      target: { bound: 'at least', value: 20_000 },
      samples: rates,
    },
    { name: 'as many bytes as a batch has, appended to a bare file', unit: 'nodes/s', samples: rawRates },
    { name: 'syncs for a batch', unit: '', target: { bound: 'at most', value: 1 }, samples: counts },
  ]
}
