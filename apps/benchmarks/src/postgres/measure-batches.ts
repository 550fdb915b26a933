import type { SampleRows } from '../file-search/sample-rows.js'
import type { Finding } from '../finding.js'
import { timed } from '../timed.js'
import { insertBare, readBareBatch } from './bare-unnest.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { nodesOf } from './sample-nodes.js'
import type { PostgresSizes } from './sizes.js'

/** Batches into one store, by `insertNodes` and by bare binary `unnest` in turn, and into one without policies. */
export async function measureBatches(
  server: BenchServer,
  sample: SampleRows,
  { batch, dimensions, repetitions }: PostgresSizes,
): Promise<readonly Finding[]> {
  await using store = await BenchStore.make(server, 'batches', { dimensions })
  await using open = await BenchStore.make(server, 'open', { dimensions, rowLevelSecurity: false })
  await using staged = await BenchStore.make(server, 'staged', { dimensions })
  const times: [number[], number[], number[]] = [[], [], []]
  // The first repetition only warms up.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const nodes = nodesOf(sample, repetition * batch, batch, 'ours')
    const tenantId = `bare${repetition}`
    await staged.backend.insertNodes(nodesOf(sample, repetition * batch, batch, tenantId))
    const ready = await readBareBatch(server.bare, staged.schema, store.schema, `t:${tenantId}`)
    const client = await server.bare.connect()
    try {
      const turns = [
        async () => times[0].push(await timed(() => store.backend.insertNodes(nodes))),
        async () => times[1].push(await timed(() => insertBare(client, ready))),
        async () => times[2].push(await timed(() => open.backend.insertNodes(nodes))),
      ]
      for (const turn of repetition % 2 === 0 ? turns : turns.reverse()) await turn()
    } finally {
      client.release()
    }
    if (repetition === 0) for (const each of times) each.length = 0
  }
  await expectRows(server, store.schema, 2 * batch * (repetitions + 1))
  const [ours, bare, unbound] = times
  const over = (above: readonly number[], below: readonly number[]) =>
    above.map((time, index) => time / (below[index] ?? Number.NaN))
  const rates = (each: readonly number[]) => each.map((time) => (1000 * batch) / time)
  return [
    {
      name: `rows/s in batches of ${batch}, relative to bare binary unnest`,
      unit: '',
      target: { bound: 'at least', value: 0.8 },
      samples: over(bare, ours),
    },
    { name: `batches of ${batch}`, unit: 'rows/s', samples: rates(ours) },
    { name: `bare binary unnest, ${batch} rows`, unit: 'rows/s', samples: rates(bare) },
    {
      name: `a batch of ${batch}, row level security on relative to off`,
      unit: '',
      target: { bound: 'at most', value: 1.1 },
      samples: over(ours, unbound),
    },
  ]
}

/** @throws {Error} when something was not stored: then nothing that was measured counts. */
export async function expectRows(server: BenchServer, schema: string, count: number): Promise<void> {
  const { rows } = await server.bare.query<{ readonly nodes: number; readonly vectors: number }>(
    `SELECT (SELECT count(*)::integer FROM ${schema}.node) AS nodes,
       (SELECT count(*)::integer FROM ${schema}.node_vector) AS vectors`,
  )
  const found = JSON.stringify(rows[0])
  const wanted = JSON.stringify({ nodes: count, vectors: count })
  if (found !== wanted) throw new Error(`the store holds ${found} instead of ${wanted}`)
}
