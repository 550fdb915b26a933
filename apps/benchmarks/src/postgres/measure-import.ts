import type { ExportBatch } from '@holdfast/core'
import type { SampleRows } from '../file-search/sample-rows.js'
import { type Finding, leftOut } from '../finding.js'
import { installPackages } from '../install-packages.js'
import { OtherProgramError } from '../other-program-error.js'
import { timed } from '../timed.js'
import { BareCopy } from './bare-copy.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { expectRows } from './measure-batches.js'
import { nodesOf } from './sample-nodes.js'
import type { PostgresSizes } from './sizes.js'
import { emptyTables } from './store-tables.js'

const copyPackages = { name: 'copy', packages: ['pg-copy-streams@7.0.0'], withOptional: false }

/** One import, by `admin.importBatch` and by bare COPY in turn, each into the same tables, emptied before. */
export async function measureImport(
  server: BenchServer,
  sample: SampleRows,
  { batch, imported, imports, dimensions }: PostgresSizes,
  folder: string,
  withoutPeers: string | undefined,
): Promise<readonly Finding[]> {
  await using source = await BenchStore.make(server, 'source', { dimensions })
  await using target = await BenchStore.make(server, 'target', { dimensions })
  for (let first = 0; first < imported; first += batch) {
    const count = Math.min(batch, imported - first)
    await source.backend.insertNodes(nodesOf(sample, first, count, `tenant-${first % 3}`))
  }
  const batches: ExportBatch[] = []
  for await (const each of source.backend.admin.exportAll({ batchSize: batch })) batches.push(each)
  const ours: number[] = []
  const bare: number[] = []
  const measureOurs = async () => {
    await emptyTables(server.bare, target.schema)
    await server.settle()
    ours.push(
      await timed(async () => {
        for (const each of batches) await target.backend.admin.importBatch(each)
      }),
    )
    await expectRows(server, target.schema, imported)
  }
  let why: string | undefined
  try {
    if (withoutPeers !== undefined) throw new OtherProgramError(withoutPeers)
    const copy = new BareCopy(await installPackages(copyPackages, folder))
    const tables = await copy.read(server.bare, source.schema, target.schema)
    const measureBare = async () => {
      await emptyTables(server.bare, target.schema)
      await server.settle()
      const client = await server.bare.connect()
      try {
        bare.push(await timed(() => copy.write(client, tables)))
      } finally {
        client.release()
      }
      await expectRows(server, target.schema, imported)
    }
    // The first repetition only warms up.
    for (let repetition = 0; repetition <= imports; repetition++) {
      for (const measure of repetition % 2 === 0 ? [measureOurs, measureBare] : [measureBare, measureOurs]) {
        await measure()
      }
      if (repetition === 0) for (const each of [ours, bare]) each.length = 0
    }
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    why = error.message
    for (let repetition = 0; repetition < imports; repetition++) await measureOurs()
  }
  const rates = (each: readonly number[]) => each.map((time) => (1000 * imported) / time)
  const ratio: Finding = {
    name: `rows/s of an import of ${imported} in batches of ${batch}, relative to bare COPY`,
    unit: '',
    target: { bound: 'at least', value: 0.8 },
    samples: bare.map((time, index) => time / (ours[index] ?? Number.NaN)),
  }
  const ofBare: Finding = { name: `bare COPY of ${imported} rows`, unit: 'rows/s', samples: rates(bare) }
  const ofOurs = {
    name: `an import of ${imported} in batches of ${batch}`,
    unit: 'rows/s',
    samples: rates(ours),
  }
  return why === undefined
    ? [ratio, ofOurs, ofBare]
    : [...leftOut([ratio], why), ofOurs, ...leftOut([ofBare], why)]
}
