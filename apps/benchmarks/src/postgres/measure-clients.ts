import type { SampleRows } from '../file-search/sample-rows.js'
import type { Finding } from '../finding.js'
import { quantile } from '../quantile.js'
import type { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { tenantOf } from './measure-search.js'
import { backendSearch } from './searchers.js'
import { type PostgresSizes, topK } from './sizes.js'

/** Many clients that search at the same time, each the tenants in turn, with a connection for each. */
export async function measureClients(
  server: BenchServer,
  store: BenchStore,
  sample: SampleRows,
  sizes: PostgresSizes,
): Promise<readonly Finding[]> {
  const { clients, searches, rows, small } = sizes
  await using many = await BenchStore.reopen(server, store, clients)
  const { backend } = many
  const queries = Array.from({ length: 64 }, (_, number) => sample.query(1_000_000 + number))
  const search = async (number: number) => {
    const query = queries[number % queries.length]
    if (query === undefined) throw new RangeError('there is no query')
    const found = await backendSearch(backend, tenantOf(number, sizes))(query)
    if (found.length !== Math.min(topK, small)) throw new Error(`a search found ${found.length} nodes`)
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => search(client)))
  const times: number[] = []
  let next = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < searches) {
        const number = next++
        const from = performance.now()
        await search(number)
        times.push(performance.now() - from)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const name = `${clients} clients at once, top ${topK} of tenants of ${small} among ${rows}`
  return [
    { name: `${name}: throughput`, unit: 'searches/s', samples: [searches / seconds] },
    { name: `${name}: p50`, unit: 'ms', samples: [quantile(times, 0.5)] },
    { name: `${name}: p99`, unit: 'ms', samples: [quantile(times, 0.99)] },
  ]
}
