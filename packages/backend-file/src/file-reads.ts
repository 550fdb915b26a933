import {
  type CallContext,
  type EmbeddingMatrix,
  type EpisodicMemory,
  type Logger,
  MemoryBackend,
  type MemoryNode,
  type PositionedBatch,
  type ResolvedFilter,
  type ResolvedPage,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  type ScoredEpisode,
  type ScoredNode,
  type SearchPlan,
} from '@holdfast/core'
import type { Collection } from './records/collection.js'
import {
  getBatch,
  getPage,
  getRecord,
  readBest,
  rowsPassing,
  searchScope,
} from './records/collection-reads.js'
import { readMatrix } from './records/read-vectors.js'
import { storedEpisode, storedNode } from './records/stored-record.js'
import type { OpenedStore } from './store/opened-store.js'

/** What reading means for files. Every call sees one state of the store from its beginning to its end. */
export abstract class FileReads extends MemoryBackend {
  protected readonly store: OpenedStore

  protected constructor(store: OpenedStore, logger: Logger) {
    super(logger)
    this.store = store
  }

  protected override _getNode(
    scope: ResolvedScope,
    id: string,
    { signal }: CallContext,
  ): Promise<MemoryNode | undefined> {
    return this.#nodes((nodes) => getRecord(nodes, scope, id, storedNode, signal))
  }

  protected override _getNodes(
    scope: ResolvedScope,
    page: ResolvedPage,
    { signal }: CallContext,
  ): Promise<MemoryNode[]> {
    return this.#nodes((nodes) => getPage(nodes, scope, page, storedNode, signal))
  }

  protected override _countNodes(
    scope: ResolvedScope,
    filter: ResolvedFilter | undefined,
    { signal }: CallContext,
  ): Promise<number> {
    return this.#nodes(async (nodes) => (await rowsPassing(nodes, scope, filter, signal)).length)
  }

  protected override _scanNodes(
    scope: ResolvedScope,
    request: ResolvedScan,
    { signal }: CallContext,
  ): Promise<PositionedBatch<MemoryNode> | undefined> {
    return this.#nodes((nodes) => getBatch(nodes, scope, request, storedNode, signal))
  }

  protected override _vectorSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    { signal }: CallContext,
  ): Promise<ScoredNode[]> {
    return this.#nodes(async (nodes) => {
      const outcome = await searchScope(nodes, scope, query, search, signal)
      const found = await readBest(nodes, outcome, storedNode, signal)
      return found.map(({ record, score }) => ({ node: record, score }))
    })
  }

  protected override _keywordSearch(
    scope: ResolvedScope,
    text: string,
    search: ResolvedSearch,
    { signal }: CallContext,
  ): Promise<ScoredNode[]> {
    return this.#nodes(async (nodes) => {
      const outcome = await this.store.keywords.search(nodes, scope, text, search, signal)
      const found = await readBest(nodes, outcome, storedNode, signal)
      return found.map(({ record, score }) => ({ node: record, score }))
    })
  }

  /** Does the search, because only the vectors themselves tell how many records have one. */
  protected override _explainSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    { signal }: CallContext,
  ): Promise<SearchPlan> {
    return this.#nodes(async (nodes) => {
      const rowsInScope = nodes.index.rowsIn(scope).length
      const { scored } = await searchScope(nodes, scope, query, search, signal)
      return { strategy: 'exact', rowsInScope, rowsScored: scored, exact: true }
    })
  }

  protected override _getEmbeddings(scope: ResolvedScope, { signal }: CallContext): Promise<EmbeddingMatrix> {
    return this.#nodes((nodes) => this.#matrix(nodes, scope, signal))
  }

  protected override _getClusterIds(scope: ResolvedScope): Promise<readonly (number | null)[]> {
    return this.#nodes(async ({ index }) => Array.from(index.rowsIn(scope), (row) => index.clusterId(row)))
  }

  protected override _getEpisode(
    scope: ResolvedScope,
    id: string,
    { signal }: CallContext,
  ): Promise<EpisodicMemory | undefined> {
    return this.#episodes((episodes) => getRecord(episodes, scope, id, storedEpisode, signal))
  }

  protected override _getEpisodes(
    scope: ResolvedScope,
    page: ResolvedPage,
    { signal }: CallContext,
  ): Promise<EpisodicMemory[]> {
    return this.#episodes((episodes) => getPage(episodes, scope, page, storedEpisode, signal))
  }

  protected override _countEpisodes(scope: ResolvedScope): Promise<number> {
    return this.#episodes(async ({ index }) => index.rowsIn(scope).length)
  }

  protected override _scanEpisodes(
    scope: ResolvedScope,
    request: ResolvedScan,
    { signal }: CallContext,
  ): Promise<PositionedBatch<EpisodicMemory> | undefined> {
    return this.#episodes((episodes) => getBatch(episodes, scope, request, storedEpisode, signal))
  }

  protected override _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    { signal }: CallContext,
  ): Promise<ScoredEpisode[]> {
    return this.#episodes(async (episodes) => {
      const outcome = await searchScope(episodes, scope, query, search, signal)
      const found = await readBest(episodes, outcome, storedEpisode, signal)
      return found.map(({ record, score }) => ({ episode: record, score }))
    })
  }

  protected override _getEpisodeEmbeddings(
    scope: ResolvedScope,
    { signal }: CallContext,
  ): Promise<EmbeddingMatrix> {
    return this.#episodes((episodes) => this.#matrix(episodes, scope, signal))
  }

  #nodes<T>(use: (nodes: Collection) => Promise<T>): Promise<T> {
    return this.store.read((state) => use(state.collection('nodes')))
  }

  #episodes<T>(use: (episodes: Collection) => Promise<T>): Promise<T> {
    return this.store.read((state) => use(state.collection('episodes')))
  }

  async #matrix(
    collection: Collection,
    scope: ResolvedScope,
    signal: AbortSignal | undefined,
  ): Promise<EmbeddingMatrix> {
    const { index, dimensions } = collection
    if (dimensions === undefined) return this.emptyMatrix()
    return readMatrix(collection, index.rowsIn(scope), dimensions, signal)
  }
}
