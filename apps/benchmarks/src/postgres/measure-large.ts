import type { BackendAdmin } from '@holdfast/core'
import { recallOf } from '../file-search/exact-top.js'
import { meanOf } from '../file-search/mean-of.js'
import type { SampleRows } from '../file-search/sample-rows.js'
import { type Finding, leftOut } from '../finding.js'
import { timed } from '../timed.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { nodesOf } from './sample-nodes.js'
import { SampleQueries } from './sample-queries.js'
import { backendSearch, timedSearcher } from './searchers.js'
import { type PostgresSizes, topK } from './sizes.js'

const tenantId = 'large'

/** What is used of `admin.maintain`, where there is one. */
type Maintaining = Pick<BackendAdmin, 'stats'> & {
  maintain?(options: { readonly minRows: number }): Promise<{
    readonly indexes: readonly { readonly seconds: number; readonly reason: string }[]
  }>
}

/** Milliseconds, or shares. */
interface Samples {
  readonly searches: readonly number[]
  readonly recalls: readonly number[]
  readonly building: readonly number[]
  readonly without: readonly number[]
  readonly beside: readonly number[]
}

/** A tenant that is large enough for an index of its own, and what the index costs an insert. */
export async function measureLarge(
  server: BenchServer,
  sample: SampleRows,
  sizes: PostgresSizes,
): Promise<readonly Finding[]> {
  const { large, batch, imports, queries: count, dimensions } = sizes
  await using store = await BenchStore.make(server, 'large', { dimensions })
  const { backend } = store
  const admin: Maintaining = backend.admin
  if (admin.maintain === undefined) return notMeasured(sizes, 'nothing builds an index yet')
  const without: number[] = []
  for (let first = 0; first < large; first += batch) {
    const nodes = nodesOf(sample, first, Math.min(batch, large - first), tenantId)
    const time = await timed(() => backend.insertNodes(nodes))
    if (nodes.length === batch && first + (imports + 1) * batch > large) without.push(time)
  }
  const { indexes } = await admin.maintain({ minRows: Math.min(large, 20_000) })
  await server.settle()
  const queries = new SampleQueries(sample, large, (place) => place)
  const truths = queries.take(2 * count)
  const plan = await backend.explainSearch(sample.query(0), { tenantId }, { topK })
  if (plan.strategy !== 'hnsw') {
    return notMeasured(sizes, `no index is used: ${indexes.map(({ reason }) => reason).join(', ')}`)
  }
  const searcher = timedSearcher(sample, backendSearch(backend, tenantId))
  const searches: number[] = []
  const recalls: number[] = []
  // The first half only warms up.
  let warmUp = count
  for (const [number, truth] of truths) {
    const { milliseconds, found } = await searcher.search(number)
    if (warmUp-- > 0) continue
    searches.push(milliseconds)
    recalls.push(recallOf(found, truth))
  }
  const beside: number[] = []
  for (let repetition = 0; repetition < imports; repetition++) {
    const nodes = nodesOf(sample, large + repetition * batch, batch, tenantId)
    beside.push(await timed(() => backend.insertNodes(nodes)))
  }
  const building = indexes.map(({ seconds }) => seconds)
  return findingsOf(sizes, { searches, recalls: [meanOf(recalls)], building, without, beside })
}

function notMeasured(sizes: PostgresSizes, why: string): readonly Finding[] {
  const nothing = { searches: [], recalls: [], building: [], without: [], beside: [] }
  return leftOut(findingsOf(sizes, nothing), why)
}

function findingsOf({ large, batch }: PostgresSizes, samples: Samples): readonly Finding[] {
  const { searches, recalls, building, without, beside } = samples
  const tenant = `a tenant of ${large} with an index of its own`
  const rates = (times: readonly number[]) => times.map((time) => (1000 * batch) / time)
  return [
    {
      name: `top ${topK} of ${tenant}`,
      unit: 'ms',
      target: { bound: 'at most', value: 5 },
      samples: searches,
    },
    {
      name: `recall of the top ${topK} of ${tenant}`,
      unit: '',
      target: { bound: 'at least', value: 0.99 },
      samples: recalls,
    },
    { name: `building the index of ${large}`, unit: 's', samples: building },
    {
      name: `batches of ${batch} into a tenant of ${large} without an index`,
      unit: 'rows/s',
      samples: rates(without),
    },
    { name: `batches of ${batch} into ${tenant}`, unit: 'rows/s', samples: rates(beside) },
  ]
}
