import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readVectorFile } from '../vector-file.js'
import { openLancedb } from './lancedb.js'
import type { OpenPeer } from './peer.js'
import type { PeerName } from './peers.js'
import { openSqliteVec } from './sqlite-vec.js'
import { openUsearch } from './usearch.js'
import { openVectra } from './vectra.js'

/** What the program is told, as JSON in its one argument. */
export interface PeerTask {
  readonly peer: PeerName
  /** Where it is installed. */
  readonly folder: string
  readonly vectors: string
  readonly rows: number
  readonly queries: string
  readonly queryCount: number
  readonly dimensions: number
  readonly topK: number
}

const openers = {
  usearch: openUsearch,
  'sqlite-vec': openSqliteVec,
  lancedb: openLancedb,
  vectra: openVectra,
} as const satisfies Record<PeerName, OpenPeer>

// A process of its own: native code that does not suit this machine ends it, and not the benchmark.
const task = JSON.parse(process.argv[2] ?? '') as PeerTask
const { dimensions, topK } = task
const data = join(task.folder, 'data')
await mkdir(data)
const vectors = await readVectorFile(task.vectors, task.rows, dimensions)
const queries = await readVectorFile(task.queries, task.queryCount, dimensions)
const ways = await openers[task.peer](createRequire(join(task.folder, 'package.json')), {
  vectors,
  dimensions,
  topK,
  folder: data,
})
process.stdout.write('{}\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { how, query } = JSON.parse(line) as { readonly how: string; readonly query: number }
  const search = ways[how]
  if (search === undefined) throw new RangeError(`there is no way ${how}`)
  const vector = queries.slice(query * dimensions, (query + 1) * dimensions)
  const start = performance.now()
  const found = await search(vector)
  const milliseconds = performance.now() - start
  process.stdout.write(`${JSON.stringify({ milliseconds, found })}\n`)
}
// Threads of native code may keep the process alive.
process.exit()
