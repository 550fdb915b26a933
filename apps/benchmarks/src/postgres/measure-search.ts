import type { PostgresBackend } from '@holdfast/backend-postgres'
import type { SampleRows } from '../file-search/sample-rows.js'
import type { Searcher } from '../file-search/searcher.js'
import type { Finding } from '../finding.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { compareInTurn } from './compare-in-turn.js'
import { nodeOf } from './sample-nodes.js'
import type { SampleQueries } from './sample-queries.js'
import { backendSearch, bareSearch, makePlanned, plannedSearch, timedSearcher } from './searchers.js'
import { type PostgresSizes, topK } from './sizes.js'

/** The tenant of a row: those of one tenant lie as far from each other as they can. */
export function tenantOf(row: number, { rows, small }: PostgresSizes): string {
  return `tenant-${row % Math.max(1, Math.round(rows / small))}`
}

/** Stores the rows of all tenants in their order. */
export async function fill(
  backend: PostgresBackend,
  sample: SampleRows,
  sizes: PostgresSizes,
): Promise<void> {
  const { rows, batch } = sizes
  for (let first = 0; first < rows; first += batch) {
    const nodes = Array.from({ length: Math.min(batch, rows - first) }, (_, index) =>
      nodeOf(sample, first + index, tenantOf(first + index, sizes)),
    )
    await backend.insertNodes(nodes)
  }
}

/** An exact search of one tenant among many, beside the planned schema, bare SQL, and a store without policies. */
export async function measureSearch(
  server: BenchServer,
  store: BenchStore,
  sample: SampleRows,
  queries: SampleQueries,
  sizes: PostgresSizes,
): Promise<readonly Finding[]> {
  const { rows, small, dimensions, queries: count } = sizes
  const tenantId = tenantOf(0, sizes)
  const what = `top ${topK} of a tenant of ${small} among ${rows}`
  const planned = server.schema('planned')
  await makePlanned(server.bare, planned, store.schema, dimensions)
  await using open = await BenchStore.make(server, 'unbound', { dimensions, rowLevelSecurity: false })
  await fill(open.backend, sample, sizes)
  await server.settle()
  const ours = timedSearcher(sample, backendSearch(store.backend, tenantId))
  const ofPlanned = timedSearcher(sample, plannedSearch(server.bare, planned, tenantId))
  const beside: readonly (readonly [string, number, Searcher])[] = [
    ['the planned schema', 1 / 5, ofPlanned],
    [
      'our best SQL through bare pg',
      1.3,
      timedSearcher(sample, await bareSearch(server.bare, store.schema, tenantId, dimensions)),
    ],
    ['row level security off', 1.1, timedSearcher(sample, backendSearch(open.backend, tenantId))],
  ]
  const findings: Finding[] = []
  const oneByOne = { what, label: 'the planned schema, one search of each in turn' }
  findings.push(...(await compareInTurn(oneByOne, ours, ofPlanned, queries.take(2 * count), 1)))
  for (const [label, value, theirs] of beside) {
    const target = { bound: 'at most', value } as const
    findings.push(...(await compareInTurn({ what, label, target }, ours, theirs, queries.take(2 * count))))
  }
  return findings
}
