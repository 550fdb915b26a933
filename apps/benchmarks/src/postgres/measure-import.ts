import type { ExportBatch } from '@holdfast/core'
import type { SampleRows } from '../file-search/sample-rows.js'
import { type Finding, leftOut } from '../finding.js'
import { installPackages } from '../install-packages.js'
import { OtherProgramError } from '../other-program-error.js'
import { timed } from '../timed.js'
import { BareCopy, type CopiedTables } from './bare-copy.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { expectRows } from './measure-batches.js'
import { nodesOf } from './sample-nodes.js'
import type { PostgresSizes } from './sizes.js'
import { emptyTables } from './store-tables.js'

const copyPackages = { name: 'copy', packages: ['pg-copy-streams@7.0.0'], withOptional: false }

/**
 * One import, by `admin.importAll`, by `admin.importBatch` batch by batch, by bare COPY in one transaction, and by bare
 * COPY that commits after each batch; in turn, each into the same tables, emptied before.
 */
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
  const oneByOne: number[] = []
  const bare: number[] = []
  const batched: number[] = []
  const measureOurs = async (times: number[], store: () => Promise<void>) => {
    await emptyTables(server.bare, target.schema)
    await server.settle()
    times.push(await timed(store))
    await expectRows(server, target.schema, imported)
  }
  const ourTurns = [
    () =>
      measureOurs(ours, async () => {
        for await (const _ of target.backend.admin.importAll(batches));
      }),
    () =>
      measureOurs(oneByOne, async () => {
        for (const each of batches) await target.backend.admin.importBatch(each)
      }),
  ]
  let why: string | undefined
  try {
    if (withoutPeers !== undefined) throw new OtherProgramError(withoutPeers)
    const copy = new BareCopy(await installPackages(copyPackages, folder))
    const read = (first: number, count: number) =>
      copy.read(server.bare, source.schema, target.schema, first, count)
    const whole = [await read(0, imported)]
    const parts: CopiedTables[] = []
    for (let first = 0; first < imported; first += batch) parts.push(await read(first, batch))
    const measureBare = async (times: number[], transactions: readonly CopiedTables[]) => {
      await emptyTables(server.bare, target.schema)
      await server.settle()
      const client = await server.bare.connect()
      try {
        times.push(await timed(() => copy.write(client, transactions)))
      } finally {
        client.release()
      }
      await expectRows(server, target.schema, imported)
    }
    // The first repetition only warms up.
    for (let repetition = 0; repetition <= imports; repetition++) {
      const turns = [...ourTurns, () => measureBare(bare, whole), () => measureBare(batched, parts)]
      for (const turn of repetition % 2 === 0 ? turns : turns.reverse()) await turn()
      if (repetition === 0) for (const each of [ours, oneByOne, bare, batched]) each.length = 0
    }
  } catch (error) {
    if (!(error instanceof OtherProgramError)) throw error
    why = error.message
    for (let repetition = 0; repetition < imports; repetition++) for (const turn of ourTurns) await turn()
  }
  const rates = (each: readonly number[]) => each.map((time) => (1000 * imported) / time)
  const over = (times: readonly number[], own: readonly number[]) =>
    times.map((time, index) => time / (own[index] ?? Number.NaN))
  const name = `rows/s of an import of ${imported} in batches of ${batch}, relative to bare COPY`
  const ratios: readonly Finding[] = [
    {
      name: `${name} in one transaction`,
      unit: '',
      target: { bound: 'at least', value: 0.8 },
      samples: over(bare, ours),
    },
    {
      name: `${name} that commits after each batch, batch by batch`,
      unit: '',
      samples: over(batched, oneByOne),
    },
  ]
  const ofBare: readonly Finding[] = [
    { name: `bare COPY of ${imported} rows in one transaction`, unit: 'rows/s', samples: rates(bare) },
    {
      name: `bare COPY of ${imported} rows, ${batch} a transaction`,
      unit: 'rows/s',
      samples: rates(batched),
    },
  ]
  const ofOurs: readonly Finding[] = [
    { name: `an import of ${imported} in batches of ${batch}`, unit: 'rows/s', samples: rates(ours) },
    { name: `the same, batch by batch`, unit: 'rows/s', samples: rates(oneByOne) },
  ]
  return why === undefined
    ? [...ratios, ...ofOurs, ...ofBare]
    : [...leftOut(ratios, why), ...ofOurs, ...leftOut(ofBare, why)]
}
