import { join } from 'node:path'
import type { Benchmark } from '../benchmark.js'
import { RawFile } from '../raw-file.js'
import { SyncCounter } from '../sync-counter.js'
import { BenchStore } from './bench-store.js'
import { buildStore } from './build-store.js'
import { measureBatches } from './measure-batches.js'
import { measureSingleInserts } from './measure-single-inserts.js'
import { measureTogether } from './measure-together.js'
import { measureWriteVolume } from './measure-write-volume.js'
import { SampleNodes } from './sample-nodes.js'
import { fileInsertSizes } from './sizes.js'

/** What a durable insert into the file backend costs. */
export const fileInsert: Benchmark<keyof typeof fileInsertSizes> = {
  name: 'file-insert',
  description: 'durable inserts into the file backend: one, a batch, many at once, and the bytes they write',
  sizes: fileInsertSizes,
  async run(sizes, { folder, say }) {
    const { few, many, dimensions, batch, volume } = sizes
    say(`build a store of ${few} nodes and one of ${many}`)
    const fewNodes = new SampleNodes(dimensions, 1)
    const manyNodes = new SampleNodes(dimensions, 2)
    await buildStore(join(folder, 'few'), fewNodes, few, sizes)
    const built = await buildStore(join(folder, 'many'), manyNodes, many, sizes)

    const findings = []
    {
      await using small = await BenchStore.open(join(folder, 'few'), dimensions, fewNodes)
      await using large = await BenchStore.open(join(folder, 'many'), dimensions, manyNodes)
      await using raw = await RawFile.create(join(folder, 'raw'))
      using syncs = new SyncCounter()
      say('insert nodes one by one')
      findings.push(...(await measureSingleInserts(small, large, raw, sizes)))
      say(`insert batches of ${batch}`)
      findings.push(...(await measureBatches(large, raw, syncs, sizes)))
      say('insert nodes together')
      findings.push(...(await measureTogether(large, syncs, sizes)))
      say('close both stores')
    }
    say(`count the bytes of ${volume} inserts`)
    return [...findings, ...(await measureWriteVolume(join(folder, 'volume'), sizes)), ...built]
  },
}
