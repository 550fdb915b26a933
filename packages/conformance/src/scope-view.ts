import type { MemoryBackend, Scope, ScopedMemory } from '@holdfast/core'
import { drain, drainEpisodes, drainNodes } from './drain.js'

/** The reads that every backend has, with the scope bound. */
export type ScopeReader = Pick<
  ScopedMemory,
  | 'getNode'
  | 'getNodes'
  | 'countNodes'
  | 'scanNodes'
  | 'vectorSearch'
  | 'explainSearch'
  | 'getEmbeddings'
  | 'getClusterInfo'
  | 'getClusterCentroids'
  | 'getEpisode'
  | 'getEpisodes'
  | 'countEpisodes'
  | 'scanEpisodes'
  | 'searchEpisodes'
  | 'getEpisodeEmbeddings'
>

/** Binds the scope without the handle that the backend offers for it. */
export function directReader(backend: MemoryBackend, scope: Scope): ScopeReader {
  return {
    getNode: (...args) => backend.getNode(scope, ...args),
    getNodes: (...args) => backend.getNodes(scope, ...args),
    countNodes: (...args) => backend.countNodes(scope, ...args),
    scanNodes: (...args) => backend.scanNodes(scope, ...args),
    vectorSearch: (query, options) => backend.vectorSearch(query, scope, options),
    explainSearch: (query, options) => backend.explainSearch(query, scope, options),
    getEmbeddings: (...args) => backend.getEmbeddings(scope, ...args),
    getClusterInfo: (...args) => backend.getClusterInfo(scope, ...args),
    getClusterCentroids: (...args) => backend.getClusterCentroids(scope, ...args),
    getEpisode: (...args) => backend.getEpisode(scope, ...args),
    getEpisodes: (...args) => backend.getEpisodes(scope, ...args),
    countEpisodes: (...args) => backend.countEpisodes(scope, ...args),
    scanEpisodes: (...args) => backend.scanEpisodes(scope, ...args),
    searchEpisodes: (query, options) => backend.searchEpisodes(query, scope, options),
    getEpisodeEmbeddings: (...args) => backend.getEpisodeEmbeddings(scope, ...args),
  }
}

/**
 * What every read shows of a scope. Records stand in it by their text and not by their id, which another owner may
 * have too.
 */
export interface ScopeView {
  /** By `getNode`, for each id that was asked for. */
  readonly byId: readonly (string | undefined)[]
  readonly listed: readonly string[]
  readonly counted: number
  readonly scanned: readonly string[]
  /** Sorted: the order of a search is tested elsewhere. */
  readonly found: readonly string[]
  readonly rowsInScope: number
  readonly vectorIds: readonly string[]
  readonly scannedVectors: number
  /** Indices by cluster. */
  readonly clusters: readonly (readonly [number, readonly number[]])[]
  readonly centroids: readonly number[]
  readonly episodesById: readonly (string | undefined)[]
  readonly episodesListed: readonly string[]
  readonly episodesCounted: number
  readonly episodesScanned: readonly string[]
  readonly episodesFound: readonly string[]
  readonly episodeVectorIds: readonly string[]
}

/** Asks every read. */
export async function viewOf(
  reader: ScopeReader,
  ask: {
    readonly nodeIds: readonly string[]
    readonly episodeIds: readonly string[]
    readonly query: Float32Array
  },
): Promise<ScopeView> {
  const all = { topK: 1_000, minScore: -1 }
  const batches = await drain(reader.scanNodes({ batchSize: 3, withEmbeddings: true }))
  return {
    byId: await inTurn(ask.nodeIds, async (id) => (await reader.getNode(id))?.humanContent),
    listed: (await reader.getNodes()).map((node) => node.humanContent),
    counted: await reader.countNodes(),
    scanned: (await drainNodes(reader.scanNodes())).map((node) => node.humanContent),
    found: (await reader.vectorSearch(ask.query, all)).map(({ node }) => node.humanContent).sort(),
    rowsInScope: (await reader.explainSearch(ask.query, all)).rowsInScope,
    vectorIds: (await reader.getEmbeddings()).nodeIds,
    scannedVectors: batches.flatMap(({ embeddings }) => embeddings ?? []).filter((v) => v !== undefined)
      .length,
    clusters: [...(await reader.getClusterInfo())],
    centroids: [...(await reader.getClusterCentroids()).keys()],
    episodesById: await inTurn(ask.episodeIds, async (id) => (await reader.getEpisode(id))?.title),
    episodesListed: (await reader.getEpisodes()).map(({ title }) => title),
    episodesCounted: await reader.countEpisodes(),
    episodesScanned: (await drainEpisodes(reader.scanEpisodes())).map(({ title }) => title),
    episodesFound: (await reader.searchEpisodes(ask.query, all)).map(({ episode }) => episode.title).sort(),
    episodeVectorIds: (await reader.getEpisodeEmbeddings()).nodeIds,
  }
}

async function inTurn<T>(ids: readonly string[], read: (id: string) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  for (const id of ids) results.push(await read(id))
  return results
}
