import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type {
  EmbeddingMatrix,
  EpisodicMemory,
  MemoryBackend,
  MemoryNode,
  Scope,
  ScopeSummary,
} from '@holdfast/core'
import { tenants, users } from './random-history.js'
import type { RemoteStore } from './remote-store.js'
import type { ModelRecord, StoreModel } from './store-model.js'

/** The reads that show all of a store, of this process or of another. */
export interface StoreReads {
  readonly getNodes: (scope: Scope) => Promise<readonly MemoryNode[]>
  readonly getEpisodes: (scope: Scope) => Promise<readonly EpisodicMemory[]>
  readonly getEmbeddings: (scope: Scope) => Promise<Matrix>
  readonly getEpisodeEmbeddings: (scope: Scope) => Promise<Matrix>
  readonly getClusterInfo: (scope: Scope) => Promise<ReadonlyMap<number, readonly number[]>>
  readonly listScopes: () => Promise<readonly ScopeSummary[]>
}

export type Matrix = Pick<EmbeddingMatrix, 'nodeIds' | 'dimensions'> & { readonly data: ArrayLike<number> }

export function readsOf(backend: MemoryBackend): StoreReads {
  return {
    getNodes: (scope) => backend.getNodes(scope),
    getEpisodes: (scope) => backend.getEpisodes(scope),
    getEmbeddings: (scope) => backend.getEmbeddings(scope),
    getEpisodeEmbeddings: (scope) => backend.getEpisodeEmbeddings(scope),
    getClusterInfo: (scope) => backend.getClusterInfo(scope),
    listScopes: () => backend.admin.listScopes(),
  }
}

export function readsOfRemote(store: RemoteStore): StoreReads {
  // What comes back is what the same methods returned there.
  const read =
    <T>(method: string) =>
    async (scope: Scope) =>
      (await store.ask('store', method, scope)) as T
  const clusters = read<readonly (readonly [number, readonly number[]])[]>('getClusterInfo')
  return {
    getNodes: read('getNodes'),
    getEpisodes: read('getEpisodes'),
    getEmbeddings: read('getEmbeddings'),
    getEpisodeEmbeddings: read('getEpisodeEmbeddings'),
    getClusterInfo: async (scope) => new Map(await clusters(scope)),
    listScopes: async () => (await store.ask('admin', 'listScopes')) as readonly ScopeSummary[],
  }
}

/** All of a store, one line a record: owners one after the other, each one's records in their order. */
export type StoreState = readonly string[]

/** What a store must look like. */
export function stateOf(model: StoreModel): StoreState {
  return byOwner(model.nodes, model.episodes)
}

/**
 * Reads a store.
 * @throws {Error} when it contradicts itself: a scope that nobody wrote to, a record that one of its scopes does not
 * show, clusters that are not those of the nodes.
 */
export async function readState(store: StoreReads): Promise<StoreState> {
  const scopes = [...tenants.map((tenantId) => ({ tenantId })), ...users.map((userId) => ({ userId }))]
  const seen = await Promise.all(scopes.map((scope) => readScope(store, scope)))
  const owned = (key: 'nodes' | 'episodes') =>
    seen.flatMap((found, index) =>
      found[key].filter(({ tenantId }) => index < tenants.length || tenantId === null),
    )
  const [nodes, episodes] = [owned('nodes'), owned('episodes')]
  seen.forEach((found, index) => {
    const scope: Scope = scopes[index] ?? {}
    const belongs = ({ tenantId, userId }: ModelRecord) =>
      scope.tenantId ? tenantId === scope.tenantId : userId === scope.userId
    requireEqual(sorted(found.nodes), sorted(nodes.filter(belongs)), `nodes of ${JSON.stringify(scope)}`)
    requireEqual(
      sorted(found.episodes),
      sorted(episodes.filter(belongs)),
      `episodes of ${JSON.stringify(scope)}`,
    )
  })
  const expected = scopes
    .map((scope, index) => ({
      scope,
      nodes: seen[index]?.nodes.length ?? 0,
      episodes: seen[index]?.episodes.length ?? 0,
    }))
    .filter((summary) => summary.nodes + summary.episodes > 0)
  requireEqual(await store.listScopes(), expected, 'scopes')
  return byOwner(nodes, episodes)
}

async function readScope(store: StoreReads, scope: Scope) {
  const [nodes, matrix, episodes, episodeMatrix, clusters] = await Promise.all([
    store.getNodes(scope),
    store.getEmbeddings(scope),
    store.getEpisodes(scope),
    store.getEpisodeEmbeddings(scope),
    store.getClusterInfo(scope),
  ])
  const members = new Map<number, number[]>()
  nodes.forEach(({ clusterId }, index) => {
    if (clusterId !== null) members.set(clusterId, [...(members.get(clusterId) ?? []), index])
  })
  requireEqual(
    [...clusters],
    [...members].sort(([a], [b]) => a - b),
    `clusters of ${JSON.stringify(scope)}`,
  )
  const [vectors, episodeVectors] = [vectorsById(matrix), vectorsById(episodeMatrix)]
  const found = {
    nodes: nodes.map((node): ModelRecord => ({ ...commonPart(node, vectors), ...nodePart(node) })),
    episodes: episodes.map((episode) => ({
      ...commonPart(episode, episodeVectors),
      ...episodePart(episode),
    })),
  }
  requireEqual([...vectors.keys()], withVector(found.nodes), 'order of vectors')
  requireEqual([...episodeVectors.keys()], withVector(found.episodes), 'order of episode vectors')
  return found
}

function commonPart(record: MemoryNode | EpisodicMemory, vectors: ReadonlyMap<string, readonly number[]>) {
  const { id, tenantId, userId, metadata, accessCount, lastAccessed } = record
  const isAccessed = lastAccessed !== null
  return { id, tenantId, userId, metadata, accessCount, isAccessed, vector: vectors.get(id) ?? null }
}

function nodePart({ humanContent, clusterId, clusterLabel, clusterConfidence }: MemoryNode) {
  return { text: humanContent, clusterId, clusterLabel, clusterConfidence }
}

function episodePart({ title }: EpisodicMemory) {
  return { text: title, clusterId: null, clusterLabel: null, clusterConfidence: 0 }
}

function vectorsById({ nodeIds, dimensions, data }: Matrix): ReadonlyMap<string, readonly number[]> {
  const values = Array.from(data)
  return new Map(nodeIds.map((id, row) => [id, values.slice(row * dimensions, (row + 1) * dimensions)]))
}

function withVector(records: readonly ModelRecord[]): readonly string[] {
  return records.filter(({ vector }) => vector !== null).map(({ id }) => id)
}

function byOwner(nodes: readonly ModelRecord[], episodes: readonly ModelRecord[]): StoreState {
  return [...tenants, ...users].flatMap((owner) => [
    ...nodes.filter((node) => ownerName(node) === owner).map((node) => line('node', node)),
    ...episodes.filter((episode) => ownerName(episode) === owner).map((episode) => line('episode', episode)),
  ])
}

function ownerName({ tenantId, userId }: ModelRecord): string | null {
  return tenantId ?? userId
}

function line(kind: string, record: ModelRecord): string {
  const { id, tenantId, userId, text, metadata, vector, accessCount, isAccessed, ...clusters } = record
  const { clusterId, clusterLabel, clusterConfidence } = clusters
  const cluster = [clusterId, clusterLabel, clusterConfidence]
  return JSON.stringify([
    kind,
    id,
    tenantId,
    userId,
    brief(text),
    metadata,
    cluster,
    accessCount,
    isAccessed,
    vector,
  ])
}

/** The text itself, or its beginning and its hash: a difference is to be read by people. */
function brief(text: string): string {
  if (text.length <= 40) return text
  return `${text.slice(0, 24)}… ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

function sorted(records: readonly ModelRecord[]): readonly string[] {
  return records.map((record) => line('', record)).sort()
}

function requireEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Error(
    `${what}: ${JSON.stringify(actual).slice(0, 2_000)}, not ${JSON.stringify(expected).slice(0, 2_000)}`,
  )
}
