import type {
  AdminDriver,
  BackendCapabilities,
  CallContext,
  ClusterAssignment,
  EmbeddingModel,
  InsertResult,
  NewEpisode,
  NewNode,
  OnConflict,
  ResolvedPatch,
  ResolvedScope,
} from '@holdfast/core'
import { fileAdminDriver } from './file-admin-driver.js'
import { type FileBackendOptions, type ResolvedOptions, resolveOptions } from './file-backend-options.js'
import { fileCapabilities } from './file-capabilities.js'
import { FileReads } from './file-reads.js'
import { type Environment, nodeEnvironment } from './store/environment.js'
import { type FileStore, requireWritable } from './store/file-store.js'
import { openStore } from './store/open-store.js'
import type { OpenedStore } from './store/opened-store.js'
import { insertedEpisodes, insertedNodes } from './write/new-contents.js'
import { planDelete, planDeleteScope } from './write/plan-delete.js'
import { planAccess, planClusters } from './write/plan-overlay.js'
import { planPut } from './write/plan-put.js'
import { planUpdate } from './write/plan-update.js'
import { touchesIds, touchesRecords } from './write/touched-records.js'

/**
 * Memory in plain files that Python and NumPy can read: `corpus/*.json`, `vectors/*.npy`, `indexes/clusters.json`.
 *
 * Opening reads the JSON files once and keeps, of each record, its id, owner, cluster and place; texts and vectors are
 * read when they are needed. A write is appended to a journal and resolves when that is durable; writes that are called
 * at the same time share one sync. `close` and `admin.compact` bring the files that Python reads up to date, all or none;
 * so does the backend itself when the journal has become larger than they are. One process writes, any number read; a
 * reader sees whole writes only, and follows the writer.
 */
export class FileBackend extends FileReads {
  readonly capabilities: BackendCapabilities = fileCapabilities
  readonly #options: ResolvedOptions

  private constructor(store: OpenedStore, options: ResolvedOptions) {
    super(store, options.logger)
    this.#options = options
  }

  /**
   * Opens the store in a directory, or makes one there if it is missing or empty; hidden files do not count.
   * @throws {MemoryError} `CONNECTION` when the directory cannot be read, or written to, or is missing and may not be
   * made, or holds something that is no store; `LOCKED` when another process writes to it, naming that process;
   * `CORRUPT` when a file is damaged or contradicts another, naming the place; `FOREIGN_BASE` when another program has
   * changed the files; `DIMENSION_MISMATCH`, `EMBEDDING_MISMATCH`; `NOT_SUPPORTED` on a network file system. The store
   * holds then what it held before; only a publication that another process left unfinished may have been finished.
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
    return this.store.settings.dimensions ?? this.#options.dimensions
  }

  get embeddingModel(): EmbeddingModel | undefined {
    return this.store.settings.embeddingModel ?? this.#options.embeddingModel
  }

  protected override _close(): Promise<void> {
    return this.store.close()
  }

  protected override _adminDriver(): AdminDriver {
    return fileAdminDriver(() => this.store)
  }

  protected override _insertNodes(
    nodes: readonly NewNode[],
    onConflict: OnConflict,
    { signal }: CallContext,
  ): Promise<InsertResult> {
    const contents = insertedNodes(nodes)
    return this.#writer.write(
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
    return this.#writer.write(
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
    return this.#writer.write(
      touchesIds('nodes', ids),
      (draft) => planDelete(draft, 'nodes', scope, ids),
      signal,
    )
  }

  protected override _deleteScope(scope: ResolvedScope, { signal }: CallContext): Promise<number> {
    return this.#writer.write(
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
    return this.#writer.write(touchesIds('nodes', ids), (draft) => planAccess(draft, scope, ids, at), signal)
  }

  protected override _assignClusters(
    scope: ResolvedScope,
    entries: readonly ClusterAssignment[],
    { signal }: CallContext,
  ): Promise<number> {
    return this.#writer.write(
      touchesRecords('nodes', entries),
      (draft) => planClusters(draft, scope, entries),
      signal,
    )
  }

  protected override _insertEpisodes(
    episodes: readonly NewEpisode[],
    onConflict: OnConflict,
    { signal }: CallContext,
  ): Promise<InsertResult> {
    const contents = insertedEpisodes(episodes)
    return this.#writer.write(
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
    return this.#writer.write(
      touchesIds('episodes', ids),
      (draft) => planDelete(draft, 'episodes', scope, ids),
      signal,
    )
  }

  /** @throws {MemoryError} `NOT_SUPPORTED` when the store was opened to be read only. */
  get #writer(): FileStore {
    return requireWritable(this.store)
  }
}
