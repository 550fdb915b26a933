import {
  type AdminDriver,
  type BackendCapabilities,
  type CallContext,
  type ClusterAssignment,
  type EmbeddingMatrix,
  type EmbeddingModel,
  type EpisodicMemory,
  type InsertResult,
  MemoryBackend,
  type MemoryNode,
  type NewEpisode,
  type NewNode,
  type OnConflict,
  type PositionedBatch,
  type ResolvedFilter,
  type ResolvedPage,
  type ResolvedPatch,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  type ScoredEpisode,
  type ScoredNode,
  type SearchPlan,
} from '@holdfast/core'
import { fileAdminDriver } from './file-admin-driver.js'
import { type FileBackendOptions, type ResolvedOptions, resolveOptions } from './file-backend-options.js'
import { fileCapabilities } from './file-capabilities.js'
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
import { type Environment, nodeEnvironment } from './store/environment.js'
import { requireWritable } from './store/file-store.js'
import { openStore } from './store/open-store.js'
import type { OpenedStore } from './store/opened-store.js'
import { insertedEpisodes, insertedNodes } from './write/new-contents.js'
import { planDelete, planDeleteScope } from './write/plan-delete.js'
import { planAccess, planClusters } from './write/plan-overlay.js'
import { planPut } from './write/plan-put.js'
import { planUpdate } from './write/plan-update.js'
import { touchesRecords } from './write/touched-records.js'

/**
 * Memory in plain files that Python and NumPy can read: `corpus/*.json`, `vectors/*.npy`, `indexes/clusters.json`.
 *
 * Opening reads the JSON files once and keeps, of each record, its id, owner, cluster and place; texts and vectors are
 * read when they are needed. A write is appended to a journal and resolves when that is durable; writes that are called
 * at the same time share one sync. `close` and `admin.compact` bring the files that Python reads up to date, all or none;
 * so does the backend itself when the journal has become larger than they are. One process writes, any number read; a
 * reader sees whole writes only, and follows the writer.
 */
export class FileBackend extends MemoryBackend {
  readonly capabilities: BackendCapabilities = fileCapabilities
  readonly #store: OpenedStore
  readonly #options: ResolvedOptions

  private constructor(store: OpenedStore, options: ResolvedOptions) {
    super(options.logger)
    this.#store = store
    this.#options = options
  }

  /**
   * Opens the store in a directory, or makes one there if it is missing or empty; hidden files do not count.
   * @throws {MemoryError} `CONNECTION` when the directory cannot be read, or written to, or is missing and may not be
   * made, or holds something that is no store; `LOCKED` when another process writes to it, naming that process; `CORRUPT` when a file is damaged or
   * contradicts another, naming the place; `DIMENSION_MISMATCH`, `EMBEDDING_MISMATCH`; `NOT_SUPPORTED` on a network
   * file system. Nothing on disk has changed then.
   */
  static open(options: FileBackendOptions): Promise<FileBackend> {
    return FileBackend.openIn(nodeEnvironment, options)
  }

  /** @internal As `open`, in a world of the caller's making. */
  static async openIn(environment: Environment, options: FileBackendOptions): Promise<FileBackend> {
    const resolved = resolveOptions(options)
    return new FileBackend(await openStore(resolved, environment), resolved)
  }

  get dimensions(): number | undefined {
    return this.#store.settings.dimensions ?? this.#options.dimensions
  }

  get embeddingModel(): EmbeddingModel | undefined {
    return this.#store.settings.embeddingModel ?? this.#options.embeddingModel
  }

  protected override _close(): Promise<void> {
    return this.#store.close()
  }

  protected override _adminDriver(): AdminDriver {
    return fileAdminDriver(() => this.#store)
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

  protected override _insertNodes(
    nodes: readonly NewNode[],
    onConflict: OnConflict,
    { signal }: CallContext,
  ): Promise<InsertResult> {
    const contents = insertedNodes(nodes)
    return requireWritable(this.#store).write(
      touchesRecords('nodes', contents),
      (draft) => planPut(draft, 'nodes', contents, onConflict),
      signal,
    )
  }

  protected override _updateNode(
    scope: ResolvedScope,
    id: string,
    patch: ResolvedPatch,
    { signal }: CallContext,
  ): Promise<boolean> {
    return requireWritable(this.#store).write(
      touchesRecords('nodes', [{ id }]),
      (draft) => planUpdate(draft, scope, id, patch),
      signal,
    )
  }

  protected override _deleteNodes(
    scope: ResolvedScope,
    ids: readonly string[],
    { signal }: CallContext,
  ): Promise<number> {
    return requireWritable(this.#store).write(
      touchesRecords(
        'nodes',
        ids.map((id) => ({ id })),
      ),
      (draft) => planDelete(draft, 'nodes', scope, ids),
      signal,
    )
  }

  protected override _deleteScope(scope: ResolvedScope, { signal }: CallContext): Promise<number> {
    return requireWritable(this.#store).write(
      () => 'everything',
      (draft) => planDeleteScope(draft, scope),
      signal,
    )
  }

  protected override _recordAccess(
    scope: ResolvedScope,
    ids: readonly string[],
    at: string,
    { signal }: CallContext,
  ): Promise<void> {
    return requireWritable(this.#store).write(
      touchesRecords(
        'nodes',
        ids.map((id) => ({ id })),
      ),
      (draft) => planAccess(draft, scope, ids, at),
      signal,
    )
  }

  protected override _assignClusters(
    scope: ResolvedScope,
    entries: readonly ClusterAssignment[],
    { signal }: CallContext,
  ): Promise<number> {
    return requireWritable(this.#store).write(
      touchesRecords('nodes', entries),
      (draft) => planClusters(draft, scope, entries),
      signal,
    )
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

  protected override _insertEpisodes(
    episodes: readonly NewEpisode[],
    onConflict: OnConflict,
    { signal }: CallContext,
  ): Promise<InsertResult> {
    const contents = insertedEpisodes(episodes)
    return requireWritable(this.#store).write(
      touchesRecords('episodes', contents),
      (draft) => planPut(draft, 'episodes', contents, onConflict),
      signal,
    )
  }

  protected override _deleteEpisodes(
    scope: ResolvedScope,
    ids: readonly string[],
    { signal }: CallContext,
  ): Promise<number> {
    return requireWritable(this.#store).write(
      touchesRecords(
        'episodes',
        ids.map((id) => ({ id })),
      ),
      (draft) => planDelete(draft, 'episodes', scope, ids),
      signal,
    )
  }

  #nodes<T>(use: (nodes: Collection) => Promise<T>): Promise<T> {
    return this.#store.read((state) => use(state.collection('nodes')))
  }

  #episodes<T>(use: (episodes: Collection) => Promise<T>): Promise<T> {
    return this.#store.read((state) => use(state.collection('episodes')))
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
