import type { Benchmark } from '../benchmark.js'
import { SampleRows } from '../file-search/sample-rows.js'
import type { Finding } from '../finding.js'
import { BenchServer } from './bench-server.js'
import { BenchStore } from './bench-store.js'
import { measureBatches } from './measure-batches.js'
import { measureClients } from './measure-clients.js'
import { measureImport } from './measure-import.js'
import { measureLarge } from './measure-large.js'
import { measurePeer } from './measure-peer.js'
import { fill, measureSearch } from './measure-search.js'
import { langchain } from './peers/langchain.js'
import { mastra } from './peers/mastra.js'
import { SampleQueries } from './sample-queries.js'
import { postgresSizes } from './sizes.js'

const seed = 20_240_502

/** What searches and inserts of the Postgres backend cost. */
export const postgres: Benchmark<keyof typeof postgresSizes> = {
  name: 'postgres',
  description:
    'the Postgres backend on the server of DATABASE_URL: searches, inserts and imports, beside bare SQL and peers',
  sizes: postgresSizes,
  switches: { 'without-peers': 'installs nothing to compare with' },
  async run(sizes, { folder, switches, say }) {
    const { rows, small, dimensions } = sizes
    const withoutPeers = switches.has('without-peers') ? '--without-peers was given' : undefined
    await using server = await BenchServer.connect(process.env.DATABASE_URL)
    say(`measure on ${server.description}`)
    const sample = new SampleRows(dimensions, seed)
    const findings: Finding[] = []
    say('insert batches')
    findings.push(...(await measureBatches(server, sample, sizes)))
    say('import')
    findings.push(...(await measureImport(server, sample, sizes, folder, withoutPeers)))
    say(`fill stores with ${rows} nodes (seed ${seed})`)
    const tenants = Math.max(1, Math.round(rows / small))
    const queries = new SampleQueries(sample, Math.ceil(rows / tenants), (place) => place * tenants)
    await using store = await BenchStore.make(server, 'store', { dimensions })
    await fill(store.backend, sample, sizes)
    say('search')
    findings.unshift(...(await measureSearch(server, store, sample, queries, sizes)))
    say('search from many clients')
    findings.push(...(await measureClients(server, store, sample, sizes)))
    say(`search a tenant of ${sizes.large}`)
    findings.push(...(await measureLarge(server, sample, sizes)))
    for (const peer of [langchain, mastra]) {
      say(`fill and search ${peer.label}`)
      findings.push(
        ...(await measurePeer(peer, { server, store, sample, queries, sizes, folder, withoutPeers })),
      )
    }
    return findings
  },
}
