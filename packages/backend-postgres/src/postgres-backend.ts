import {
  type AdminDriver,
  type BackendCapabilities,
  type CallContext,
  type ClusterAssignment,
  type EmbeddingMatrix,
  type EmbeddingModel,
  type InsertResult,
  MemoryError,
  type MemoryNode,
  type NewNode,
  type OnConflict,
  type PositionedBatch,
  type ResolvedFilter,
  type ResolvedPage,
  type ResolvedPatch,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  type ScoredNode,
  type SearchPlan,
} from '@holdfast/core'
import { adminDriver } from './admin-driver.js'
import { accessOf } from './connection/access.js'
import type { OutcomeUnknownError } from './connection/outcome-unknown-error.js'
import type { PoolLease } from './connection/pool-lease.js'
import { checkModel, storeModel } from './embedding-model.js'
import { keywordSearch } from './keyword/keyword-search.js'
import type { PostgresOpenOptions } from './open-options.js'
import { type OpenStore, openStore } from './open-store.js'
import { postgresCapabilities } from './postgres-capabilities.js'
import { PostgresEpisodes } from './postgres-episodes.js'
import { assignClusters, recordAccess, updateNode } from './records/change-nodes.js'
import { deleteRecords } from './records/delete-records.js'
import { insertRecords } from './records/insert-records.js'
import { columnOf, countRows, readMatrix, scanBatch, selectRows } from './records/read-records.js'
import { episodeKind, nodeKind } from './records/record-kind.js'
import { explainSearch } from './records/search-records.js'
import { type ResolvedOpenOptions, resolveOpenOptions } from './resolve-open-options.js'
import { searchPath } from './search/search-path.js'

/**
 * Memories in PostgreSQL with pgvector: on a server, or embedded in this process.
 *
 * Every call is one transaction. A read sees one moment; a write is there as a whole when it resolves and not at all
 * when it rejects, also when it was tried several times. The one exception is {@link OutcomeUnknownError}: the
 * connection broke while the commit was on its way, and the server could not be asked in time what became of it.
 *
 * Scopes are kept apart twice: by a condition in every statement, and, where row level security is set up, by
 * policies that hold for the role the transaction takes.
 */
export class PostgresBackend extends PostgresEpisodes {
  readonly capabilities: BackendCapabilities = postgresCapabilities
  readonly #lease: PoolLease
  readonly #closeTimeoutMs: number
  #embeddingModel: EmbeddingModel | undefined

  private constructor(parts: OpenStore, options: ResolvedOpenOptions) {
    super(parts.store, options)
    this.#lease = parts.lease
    this.#closeTimeoutMs = options.closeTimeoutMs
    this.#embeddingModel = parts.embeddingModel
  }

  /**
   * Connects and, unless told otherwise, makes or updates the store.
   * @throws {MemoryError} `CONNECTION`, `TIMEOUT`, `LOCKED` (embedded), `BACKEND_NOT_INSTALLED` (embedded),
   * `DIMENSION_MISMATCH`, `EMBEDDING_MISMATCH`, `SCHEMA_BEHIND`, `SCHEMA_AHEAD`, `CORRUPT`, `CONFIG_INVALID`.
   */
  static async open(options: PostgresOpenOptions): Promise<PostgresBackend> {
    const resolved = resolveOpenOptions(options)
    return new PostgresBackend(await openStore(resolved), resolved)
  }

  get dimensions(): number {
    return this.store.dimensions
  }

  get embeddingModel(): EmbeddingModel | undefined {
    return this.#embeddingModel
  }

  /** Whether the database enforces the scopes too. */
  get rowLevelSecurity(): boolean {
    return this.store.roles !== undefined
  }

  protected _adminDriver(): AdminDriver {
    return adminDriver({
      store: () => this.store,
      writable: () => this.writableStore,
      embedded: () => this.#lease.embedded,
      setEmbeddingModel: async (model) => {
        const store = this.writableStore
        checkModel(model, this.#embeddingModel, store.dimensions)
        this.#embeddingModel = await storeModel(store, model)
      },
    })
  }

  /**
   * Waits for calls in flight and frees everything. Those that take longer than `closeTimeoutMs` are ended: they
   * reject with `CLOSED`, or with {@link OutcomeUnknownError} when their commit was on its way.
   */
  override async close(): Promise<void> {
    const { database, replica } = this.store
    const closed = new MemoryError('CLOSED', 'the backend was closed while the call was running')
    const late = setTimeout(() => {
      database.endCalls(closed)
      replica?.database.endCalls(closed)
    }, this.#closeTimeoutMs)
    try {
      await super.close()
    } finally {
      clearTimeout(late)
    }
  }

  protected async _close(): Promise<void> {
    const { database, names } = this.store
    try {
      if (this.#lease.embedded && !this.readOnly) {
        // Embedded PostgreSQL has neither autovacuum nor checkpointer.
        await database.bare(
          `ANALYZE ${names.quoted}.node, ${names.quoted}.node_vector, ${names.quoted}.node_words`,
        )
        await database.bare('CHECKPOINT')
      }
    } finally {
      await database.detach()
      await this.#lease.end()
    }
  }

  protected _getNode(
    scope: ResolvedScope,
    id: string,
    context: CallContext,
  ): Promise<MemoryNode | undefined> {
    return this.read(scope, context, async (session, store, access) => {
      const [found] = await selectRows(session, store, nodeKind, { access, id, limit: 1 })
      return found && nodeKind.read(found.row)
    })
  }

  protected _getNodes(scope: ResolvedScope, page: ResolvedPage, context: CallContext): Promise<MemoryNode[]> {
    return this.read(scope, context, async (session, store, access) => {
      const rows = await selectRows(session, store, nodeKind, { access, ...page })
      return rows.map(({ row }) => nodeKind.read(row))
    })
  }

  protected _countNodes(
    scope: ResolvedScope,
    filter: ResolvedFilter | undefined,
    context: CallContext,
  ): Promise<number> {
    return this.read(scope, context, (session, store, access) =>
      countRows(session, store, nodeKind, { access, filter }),
    )
  }

  protected _scanNodes(
    scope: ResolvedScope,
    { batchSize: limit, ...request }: ResolvedScan,
    context: CallContext,
  ): Promise<PositionedBatch<MemoryNode> | undefined> {
    return this.read(scope, context, (session, store, access) =>
      scanBatch(session, store, nodeKind, { access, limit, ...request }),
    )
  }

  protected async _vectorSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    context: CallContext,
  ): Promise<ScoredNode[]> {
    const found = await this.searchBy(nodeKind, scope, query, search, context)
    return found.map(({ record, score }) => ({ node: record, score }))
  }

  protected override _keywordSearch(
    scope: ResolvedScope,
    text: string,
    search: ResolvedSearch,
    context: CallContext,
  ): Promise<ScoredNode[]> {
    return this.read(scope, context, (session, store, access) =>
      keywordSearch(session, store, access, text, search),
    )
  }

  protected _explainSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    context: CallContext,
  ): Promise<SearchPlan> {
    const request = { store: this.store, kind: nodeKind, access: accessOf(scope), query, search }
    const path = searchPath(request, true)
    return this.read(scope, context, (session) => explainSearch(session, request, path), path.settings)
  }

  protected _getEmbeddings(scope: ResolvedScope, context: CallContext): Promise<EmbeddingMatrix> {
    return this.read(scope, context, (session, store, access) => readMatrix(session, store, nodeKind, access))
  }

  protected _getClusterIds(scope: ResolvedScope, context: CallContext): Promise<readonly (number | null)[]> {
    return this.read(scope, context, async (session, store, access) => {
      const rows = await columnOf(session, store, nodeKind, access, 'cluster_id')
      return rows.map(([clusterId]) => (typeof clusterId === 'string' ? Number(clusterId) : null))
    })
  }

  protected _insertNodes(
    records: readonly NewNode[],
    onConflict: OnConflict,
    context: CallContext,
  ): Promise<InsertResult> {
    return this.insert(records, context, (session, store, perOwner) =>
      insertRecords(session, store, { kind: nodeKind, records, onConflict, perOwner, nodeColumns: true }),
    )
  }

  protected override _updateNode(
    scope: ResolvedScope,
    id: string,
    patch: ResolvedPatch,
    context: CallContext,
  ): Promise<boolean> {
    return this.write(scope, context, (session, store, access) =>
      updateNode(session, store, access, id, patch),
    )
  }

  protected override _deleteNodes(
    scope: ResolvedScope,
    ids: readonly string[],
    context: CallContext,
  ): Promise<number> {
    return this.write(scope, context, (session, store, access) =>
      deleteRecords(session, store, nodeKind, access, ids),
    )
  }

  protected override _deleteScope(scope: ResolvedScope, context: CallContext): Promise<number> {
    return this.write(scope, context, async (session, store, access) => {
      const episodes = await deleteRecords(session, store, episodeKind, access)
      return episodes + (await deleteRecords(session, store, nodeKind, access))
    })
  }

  protected override _recordAccess(
    scope: ResolvedScope,
    ids: readonly string[],
    at: string,
    context: CallContext,
  ): Promise<void> {
    return this.write(scope, context, (session, store, access) =>
      recordAccess(session, store, access, ids, at),
    )
  }

  protected override _assignClusters(
    scope: ResolvedScope,
    entries: readonly ClusterAssignment[],
    context: CallContext,
  ): Promise<number> {
    return this.write(scope, context, (session, store, access) =>
      assignClusters(session, store, access, entries),
    )
  }
}
