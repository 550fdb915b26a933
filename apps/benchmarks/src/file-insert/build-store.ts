import type { Finding } from '../finding.js'
import { timed } from '../timed.js'
import { BenchStore } from './bench-store.js'
import { insertedBytes, type SampleNodes } from './sample-nodes.js'
import type { FileInsertSizes } from './sizes.js'
import { WriteVolume } from './write-volume.js'

/** Makes a store of that many nodes, written in batches, and closes it, so that all of them stand in its files. */
export async function buildStore(
  dataDir: string,
  nodes: SampleNodes,
  count: number,
  { dimensions, batch }: Pick<FileInsertSizes, 'dimensions' | 'batch'>,
): Promise<readonly Finding[]> {
  const volume = await WriteVolume.start()
  let milliseconds = 0
  {
    await using store = await BenchStore.open(dataDir, dimensions, nodes)
    for (let stored = 0; stored < count; stored += batch) {
      const added = nodes.take(Math.min(batch, count - stored))
      volume.inserted(insertedBytes(added))
      milliseconds += await timed(() => store.backend.insertNodes(added))
    }
    await store.expectAll()
    milliseconds += await timed(() => store.backend.close())
  }
  return [
    {
      name: `${count} nodes in batches of ${batch}, with close()`,
      unit: 'nodes/s',
      samples: [(1000 * count) / milliseconds],
    },
    ...(await volume.findings(`${count} nodes in batches of ${batch}`)),
  ]
}
