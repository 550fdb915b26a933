import { FileBackend } from '@holdfast/backend-file'
import type { Finding } from '../finding.js'
import { type Comparison, compareSearchers } from './compare-searchers.js'
import { type LargeStore, largeTenant } from './large-store.js'
import { meanOf } from './mean-of.js'
import { measurePeer, peerLeftOut } from './measure-peer.js'
import { measurePython } from './measure-python.js'
import { peersFor } from './peers/peers.js'
import type { Queries } from './queries.js'
import { backendSearcher } from './searcher.js'
import { topK } from './sizes.js'

/** What a search of the large tenant is compared in. */
export interface LargeTenantTask {
  readonly large: LargeStore
  /** The same with fewer rows. */
  readonly fewer: LargeStore
  readonly queries: Queries
  /** Queries for each comparison, the first half of which only warms up. */
  readonly count: number
  /** For what peers install and write. */
  readonly folder: string
  /** Why no peer is installed, if so. */
  readonly withoutPeers: string | undefined
  readonly say: (what: string) => void
}

/** The best of the large tenant, beside what else can find them. */
export async function measureLargeTenant(task: LargeTenantTask): Promise<readonly Finding[]> {
  const { large, fewer, queries, count, folder, withoutPeers, say } = task
  await using backend = await FileBackend.open({ dataDir: large.dataDir })
  await using smallBackend = await FileBackend.open({ dataDir: fewer.dataDir })
  const ours = backendSearcher(backend, largeTenant, queries)
  const oursOfFewer = backendSearcher(smallBackend, largeTenant, queries)
  await expectAllScored(backend, large, queries)

  say(`search ${large.rows} nodes of one tenant`)
  const python = await measurePython(ours, large, queries, count, say)
  const findings = [...python.findings]
  const ofLarge: Comparison[] = [...python.comparisons]
  const ofFewer: Comparison[] = []
  for (const peer of peersFor(process.platform, process.arch, isMusl())) {
    const { holdsFewer } = peer
    const store = holdsFewer === undefined ? large : fewer
    if (withoutPeers !== undefined) {
      findings.push(...peerLeftOut(peer, store.rows, withoutPeers))
      continue
    }
    const why = holdsFewer === undefined ? '' : `, with ${store.rows} nodes because ${holdsFewer}`
    say(`search beside ${peer.packages[0]}${why}`)
    const searcher = holdsFewer === undefined ? ours : oursOfFewer
    const measured = await measurePeer(peer, searcher, store, queries, count, folder)
    findings.push(...measured.findings)
    const comparisons = holdsFewer === undefined ? ofLarge : ofFewer
    comparisons.push(...measured.comparisons)
  }
  // Without anything to compare with there is still something to say.
  if (ofLarge.length === 0) {
    const truths = large.truths(queries, queries.take(count))
    ofLarge.push(await compareSearchers(ours, ours, truths))
  }
  return [
    ...findingsOf(large.rows, ofLarge),
    ...(ofFewer.length === 0 ? [] : findingsOf(fewer.rows, ofFewer)),
    ...findings,
  ]
}

function findingsOf(rows: number, comparisons: readonly Comparison[]): readonly Finding[] {
  return [
    { name: `top ${topK} of ${rows}`, unit: 'ms', samples: comparisons.flatMap(({ times }) => times[0]) },
    {
      name: `recall of the top ${topK} of ${rows}`,
      unit: '',
      target: { bound: 'at least', value: 1 },
      // One figure: a median would hide a query that misses something.
      samples: [meanOf(comparisons.flatMap(({ recalls }) => recalls[0]))],
    },
  ]
}

/** @throws {Error} when the store would not look at every node of the tenant: then nothing that was measured counts. */
async function expectAllScored(backend: FileBackend, { rows }: LargeStore, queries: Queries): Promise<void> {
  const query = queries.vector(0)
  const { exact, rowsScored } = await backend.explainSearch(query, { tenantId: largeTenant }, { topK })
  if (!exact || rowsScored !== rows)
    throw new Error(`a search looks at ${rowsScored} nodes instead of ${rows}`)
}

/** Whether native code has to be the one for musl instead of glibc. */
function isMusl(): boolean {
  const { header } = process.report.getReport() as { readonly header: Readonly<Record<string, unknown>> }
  return process.platform === 'linux' && header.glibcVersionRuntime === undefined
}
