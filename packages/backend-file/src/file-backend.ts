import {
  type AdminDriver,
  type BackendCapabilities,
  type CallContext,
  type EmbeddingMatrix,
  type EmbeddingModel,
  type EpisodicMemory,
  type InsertResult,
  MemoryBackend,
  MemoryError,
  type MemoryNode,
  type NewEpisode,
  type NewNode,
  type OnConflict,
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
import { fileAdminDriver } from './file-admin-driver.js'
import { type FileBackendOptions, type ResolvedOptions, resolveOptions } from './file-backend-options.js'
import { fileCapabilities } from './file-capabilities.js'
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
import type { Collection } from './snapshot/snapshot.js'
import { type Environment, nodeEnvironment } from './store/environment.js'
import type { FileStore } from './store/file-store.js'
import { openStore } from './store/open-store.js'
import { insertedEpisodes, insertedNodes } from './write/row-contents.js'

/**
 * Memory in plain files that Python and NumPy can read: `corpus/*.json`, `vectors/*.npy`, `indexes/clusters.json`.
 *
 * Opening reads the JSON files once and keeps, of each record, its id, owner, cluster and place; texts and vectors are
 * read when they are needed. A write replaces whole files, all or none, and resolves when that is durable; writes
 * that are called at the same time share one such replacement. One process writes, any number read; a reader sees
 * the store as it was when it was opened.
 */
export class FileBackend extends MemoryBackend {
  readonly capabilities: BackendCapabilities = fileCapabilities
  readonly #store: FileStore
  readonly #options: ResolvedOptions

  private constructor(store: FileStore, options: ResolvedOptions) {
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
    const driver = fileAdminDriver(() => this.#store)
    const writable =
      <A extends unknown[], T>(operation: (...args: A) => Promise<T>) =>
      async (...args: A) => {
        this.#requireWritable()
        return operation(...args)
      }
    return {
      ...driver,
      importNodes: writable(driver.importNodes),
      importEpisodes: writable(driver.importEpisodes),
      setEmbeddingModel: writable(driver.setEmbeddingModel),
    }
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
      const { scored } = await searchScope(nodes, scope, query, search, signal)
      const rowsInScope = nodes.table.rowsIn(scope).length
      return { strategy: 'exact', rowsInScope, rowsScored: scored, exact: true }
    })
  }

  protected override _getEmbeddings(scope: ResolvedScope, { signal }: CallContext): Promise<EmbeddingMatrix> {
    return this.#nodes((nodes) => this.#matrix(nodes, scope, signal))
  }

  protected override _getClusterIds(scope: ResolvedScope): Promise<readonly (number | null)[]> {
    return this.#nodes(async ({ table }) => table.rowsIn(scope).map((row) => table.clusterId(row)))
  }

  protected override _insertNodes(
    nodes: readonly NewNode[],
    onConflict: OnConflict,
    { signal }: CallContext,
  ): Promise<InsertResult> {
    this.#requireWritable()
    return this.#store.write((change) => change.put('nodes', insertedNodes(nodes), onConflict), signal)
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
    return this.#episodes(async ({ table }) => table.rowsIn(scope).length)
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
    this.#requireWritable()
    return this.#store.write(
      (change) => change.put('episodes', insertedEpisodes(episodes), onConflict),
      signal,
    )
  }

  #nodes<T>(use: (nodes: Collection) => Promise<T>): Promise<T> {
    return this.#store.read((snapshot) => use(snapshot.nodes))
  }

  #episodes<T>(use: (episodes: Collection) => Promise<T>): Promise<T> {
    return this.#store.read((snapshot) => use(snapshot.episodes))
  }

  async #matrix(
    collection: Collection,
    scope: ResolvedScope,
    signal: AbortSignal | undefined,
  ): Promise<EmbeddingMatrix> {
    const { dimensions } = this.#store.settings
    if (dimensions === undefined) return this.emptyMatrix()
    return readMatrix(collection, collection.table.rowsIn(scope), dimensions, signal)
  }

  #requireWritable(): void {
    if (this.#store.isReadOnly) throw new MemoryError('NOT_SUPPORTED', 'the store was opened to be read only')
  }
}
