import type { EpisodicMemory, MemoryBackend, MemoryNode } from '@holdfast/core'
import fc from 'fast-check'
import { type Call, call, type Fields, given, options, outcomeOf, outcomeOfModel, recordsOf } from './call.js'
import type { Model } from './model.js'
import type { Row } from './scoped-rows.js'
import * as values from './values.js'
import { anyWrite } from './writes.js'

const { scope, id, filter, query } = values
const limits = { limit: fc.nat(4), offset: fc.nat(4) }
const best = { topK: fc.nat(4), minScore: fc.constantFrom(-1, 0, 0.31) }
const batchSize = fc.integer({ min: 1, max: 3 })

function cut<T>(rows: readonly Row<T>[], { limit = 1_000, offset = 0 }: Fields): readonly T[] {
  return recordsOf(rows).slice(Number(offset), Number(offset) + Number(limit))
}

function pairs<T>(rows: readonly Row<T>[]): readonly unknown[] {
  return rows.map(({ record, vector }) => [record, vector ?? null])
}

function matrix(rows: readonly Row<MemoryNode | EpisodicMemory>[]) {
  const full = rows.filter(({ vector }) => vector !== undefined)
  const data = full.flatMap(({ vector = [] }) => vector)
  return { nodeIds: full.map(({ record }) => record.id), rows: full.length, dimensions: 3, data }
}

function clusterInfo(model: Model, of: unknown): ReadonlyMap<number, readonly number[]> {
  const members = new Map<number, number[]>()
  model.matching('nodes', of).forEach(({ record: { clusterId } }, index) => {
    if (clusterId !== null) members.set(clusterId, [...(members.get(clusterId) ?? []), index])
  })
  return new Map([...members].sort(([a], [b]) => a - b))
}

function clusterCentroids(model: Model, of: unknown): ReadonlyMap<number, readonly number[]> {
  const nodes = model.matching('nodes', of)
  const means = [...clusterInfo(model, of)].map(([cluster, members]) => {
    const vectors = members.flatMap((index) => (nodes[index]?.vector ? [nodes[index].vector] : []))
    const sum = [0, 1, 2].map((axis) => vectors.reduce((total, vector) => total + (vector[axis] ?? 0), 0))
    const length = Math.hypot(...sum)
    return [cluster, sum.map((value) => value / length), length] as const
  })
  const known = means.filter(([cluster, , length]) => cluster !== -1 && length > 0)
  return new Map(known.map(([cluster, mean]) => [cluster, mean]))
}

type Batch = { readonly cursor: string; readonly embeddings?: readonly (Float32Array | undefined)[] }

/** Records with their vectors, of a scan that is begun anew after its first batch. */
async function scanned(
  begin: (after: object) => AsyncIterable<Batch>,
  recordsIn: (batch: never) => readonly unknown[],
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  let after = {}
  const add = (batch: Batch) => {
    const { embeddings = [] } = batch
    found.push(...recordsIn(given(batch)).map((record, index) => [record, embeddings[index] ?? null]))
  }
  for await (const batch of begin(after)) {
    add(batch)
    after = { after: batch.cursor }
    break
  }
  if (found.length > 0) for await (const batch of begin(after)) add(batch)
  return found
}

/** Ids of a scan, and what a write in the middle of it comes to. */
async function scanAround(backend: MemoryBackend, of: unknown, size: number, write: Call) {
  const scan = backend.scanNodes(given(of), { batchSize: size })
  const first = await scan.next()
  const seen = first.done ? [] : first.value.nodes.map((node) => node.id)
  const written = await outcomeOf(() => write.backend(backend))
  for await (const { nodes } of scan) seen.push(...nodes.map((node) => node.id))
  return { written, seen }
}

function scanAroundInModel(model: Model, of: unknown, size: number, write: Call) {
  const first = model.matching('nodes', of).slice(0, size)
  const written = outcomeOfModel(() => write.model(model))
  const last = first.at(-1)?.position ?? Number.POSITIVE_INFINITY
  const rest = model.matching('nodes', of).filter(({ position }) => position > last)
  return { written, seen: [...first, ...rest].map(({ record }) => record.id) }
}

const nodeReads: readonly fc.Arbitrary<Call>[] = [
  call(
    'getNode',
    [scope, id],
    (m, s, i) => m.matching('nodes', s).find(({ record }) => record.id === i)?.record,
    (b, s, i) => b.getNode(given(s), i),
  ),
  call(
    'getNodes',
    [scope, options({ ...limits, filter })],
    (m, s, o) => cut(m.matching('nodes', s, o.filter), o),
    (b, s, o) => b.getNodes(given(s), given(o)),
  ),
  call(
    'countNodes',
    [scope, options({ filter })],
    (m, s, o) => m.matching('nodes', s, o.filter).length,
    (b, s, o) => b.countNodes(given(s), given(o)),
  ),
  call(
    'scanNodes',
    [scope, batchSize, options({ filter })],
    (m, s, _, o) => pairs(m.matching('nodes', s, o.filter)),
    (b, s, size, o) =>
      scanned(
        (after) => b.scanNodes(given(s), { batchSize: size, withEmbeddings: true, ...o, ...after }),
        ({ nodes }) => nodes,
      ),
  ),
  call(
    'scanNodes while',
    [scope, batchSize, anyWrite],
    (m, s, size, write) => scanAroundInModel(m, s, size, write),
    (b, s, size, write) => scanAround(b, s, size, write),
  ),
  call(
    'vectorSearch',
    [query, scope, options({ ...best, filter })],
    (m, q, s, o) => m.search('nodes', q, s, o),
    async (b, q, s, o) =>
      (await b.vectorSearch(q, given(s), given(o))).map(({ node, score }) => ({ record: node, score })),
  ),
  call(
    'keywordSearch',
    [values.searchText, scope, options({ topK: best.topK, filter })],
    (m, text, s, o) => m.keywordSearch(text, s, o),
    async (b, text, s, o) =>
      (await b.keywordSearch(text, given(s), given(o))).map(({ node, score }) => ({ record: node, score })),
  ),
  call(
    'getEmbeddings',
    [scope],
    (m, s) => matrix(m.matching('nodes', s)),
    (b, s) => b.getEmbeddings(given(s)),
  ),
  call(
    'getClusterInfo',
    [scope],
    (m, s) => clusterInfo(m, s),
    (b, s) => b.getClusterInfo(given(s)),
  ),
  call(
    'getClusterCentroids',
    [scope],
    (m, s) => clusterCentroids(m, s),
    (b, s) => b.getClusterCentroids(given(s)),
  ),
]

const episodeReads: readonly fc.Arbitrary<Call>[] = [
  call(
    'getEpisode',
    [scope, id],
    (m, s, i) => m.matching('episodes', s).find(({ record }) => record.id === i)?.record,
    (b, s, i) => b.getEpisode(given(s), i),
  ),
  call(
    'getEpisodes',
    [scope, options(limits)],
    (m, s, o) => cut(m.matching('episodes', s), o),
    (b, s, o) => b.getEpisodes(given(s), given(o)),
  ),
  call(
    'countEpisodes',
    [scope],
    (m, s) => m.matching('episodes', s).length,
    (b, s) => b.countEpisodes(given(s)),
  ),
  call(
    'scanEpisodes',
    [scope, batchSize],
    (m, s, _) => pairs(m.matching('episodes', s)),
    (b, s, size) =>
      scanned(
        (after) => b.scanEpisodes(given(s), { batchSize: size, withEmbeddings: true, ...after }),
        ({ episodes }) => episodes,
      ),
  ),
  call(
    'searchEpisodes',
    [query, scope, options(best)],
    (m, q, s, o) => m.search('episodes', q, s, o),
    async (b, q, s, o) =>
      (await b.searchEpisodes(q, given(s), given(o))).map(({ episode, score }) => ({
        record: episode,
        score,
      })),
  ),
  call(
    'getEpisodeEmbeddings',
    [scope],
    (m, s) => matrix(m.matching('episodes', s)),
    (b, s) => b.getEpisodeEmbeddings(given(s)),
  ),
]

const listScopes = call(
  'listScopes',
  [],
  (m) => m.listScopes(),
  (b) => b.admin.listScopes(),
)

/** Any read of the contract. */
export const anyRead: fc.Arbitrary<Call> = fc.oneof(...nodeReads, ...nodeReads, ...episodeReads, listScopes)
