import type { Finding } from '../finding.js'
import { timed } from '../timed.js'
import { BenchStore } from './bench-store.js'
import { insertedBytes, SampleNodes } from './sample-nodes.js'
import type { FileInsertSizes } from './sizes.js'
import { WriteVolume } from './write-volume.js'

/**
 * How much is written for nodes that come one by one into a new store, with every compaction on the way and the one
 * that `close()` does.
 */
export async function measureWriteVolume(
  dataDir: string,
  { volume: count, dimensions }: FileInsertSizes,
): Promise<readonly Finding[]> {
  const nodes = new SampleNodes(dimensions, 3)
  const volume = await WriteVolume.start()
  let slowest = 0
  {
    await using store = await BenchStore.open(dataDir, dimensions, nodes)
    for (let stored = 0; stored < count; stored++) {
      const node = nodes.next()
      volume.inserted(insertedBytes([node]))
      slowest = Math.max(slowest, await timed(() => store.backend.insertNode(node)))
    }
    await store.expectAll()
  }
  return [
    ...(await volume.findings(`${count} nodes one by one`, { bound: 'at most', value: 5 })),
    { name: `the slowest of ${count} inserts`, unit: 'ms', samples: [slowest] },
  ]
}
