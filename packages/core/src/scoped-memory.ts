import type { EpisodicMemoryInput } from './episodic-memory.js'
import { fillOwner } from './fill-owner.js'
import type { MemoryBackend } from './memory-backend.js'
import type { MemoryNodeInput } from './memory-node.js'
import type { Owner } from './owner.js'
import { readScope, type Scope } from './scope.js'

type Tail<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never
type Method<K extends keyof MemoryBackend> = MemoryBackend[K] extends (...args: never) => unknown
  ? MemoryBackend[K]
  : never
/** The arguments after the scope, and what comes back. */
type Args<K extends keyof MemoryBackend> = Tail<Method<K>>
type Result<K extends keyof MemoryBackend> = ReturnType<Method<K>>
type SearchTail<K extends 'vectorSearch' | 'keywordSearch' | 'searchEpisodes' | 'explainSearch'> = Parameters<
  MemoryBackend[K]
>[2]

/**
 * A backend bound to one scope: what an application passes around, so that no call site can name another tenant.
 * Reads and errors are those of `MemoryBackend`. An insert fills in the owner.
 */
export class ScopedMemory {
  readonly scope: Scope
  readonly #backend: MemoryBackend
  readonly #owner: Owner

  /** @throws {TypeError} for a scope of the wrong shape. A scope that names nobody sees nothing. */
  constructor(backend: MemoryBackend, scope: Scope) {
    const { tenantId, userId } = readScope(scope)
    this.#backend = backend
    this.scope = this.#owner = Object.freeze({ tenantId: tenantId || null, userId: userId || null })
  }

  getNode(...args: Args<'getNode'>): Result<'getNode'> {
    return this.#backend.getNode(this.scope, ...args)
  }
  getNodes(...args: Args<'getNodes'>): Result<'getNodes'> {
    return this.#backend.getNodes(this.scope, ...args)
  }
  countNodes(...args: Args<'countNodes'>): Result<'countNodes'> {
    return this.#backend.countNodes(this.scope, ...args)
  }
  scanNodes(...args: Args<'scanNodes'>): Result<'scanNodes'> {
    return this.#backend.scanNodes(this.scope, ...args)
  }
  vectorSearch(
    query: Float32Array | readonly number[],
    options?: SearchTail<'vectorSearch'>,
  ): Result<'vectorSearch'> {
    return this.#backend.vectorSearch(query, this.scope, options)
  }
  keywordSearch(text: string, options?: SearchTail<'keywordSearch'>): Result<'keywordSearch'> {
    return this.#backend.keywordSearch(text, this.scope, options)
  }
  explainSearch(
    query: Float32Array | readonly number[],
    options?: SearchTail<'explainSearch'>,
  ): Result<'explainSearch'> {
    return this.#backend.explainSearch(query, this.scope, options)
  }
  getEmbeddings(...args: Args<'getEmbeddings'>): Result<'getEmbeddings'> {
    return this.#backend.getEmbeddings(this.scope, ...args)
  }
  getClusterInfo(...args: Args<'getClusterInfo'>): Result<'getClusterInfo'> {
    return this.#backend.getClusterInfo(this.scope, ...args)
  }
  getClusterCentroids(...args: Args<'getClusterCentroids'>): Result<'getClusterCentroids'> {
    return this.#backend.getClusterCentroids(this.scope, ...args)
  }
  getEpisode(...args: Args<'getEpisode'>): Result<'getEpisode'> {
    return this.#backend.getEpisode(this.scope, ...args)
  }
  getEpisodes(...args: Args<'getEpisodes'>): Result<'getEpisodes'> {
    return this.#backend.getEpisodes(this.scope, ...args)
  }
  countEpisodes(...args: Args<'countEpisodes'>): Result<'countEpisodes'> {
    return this.#backend.countEpisodes(this.scope, ...args)
  }
  scanEpisodes(...args: Args<'scanEpisodes'>): Result<'scanEpisodes'> {
    return this.#backend.scanEpisodes(this.scope, ...args)
  }
  searchEpisodes(
    query: Float32Array | readonly number[],
    options?: SearchTail<'searchEpisodes'>,
  ): Result<'searchEpisodes'> {
    return this.#backend.searchEpisodes(query, this.scope, options)
  }
  getEpisodeEmbeddings(...args: Args<'getEpisodeEmbeddings'>): Result<'getEpisodeEmbeddings'> {
    return this.#backend.getEpisodeEmbeddings(this.scope, ...args)
  }
  updateNode(...args: Args<'updateNode'>): Result<'updateNode'> {
    return this.#backend.updateNode(this.scope, ...args)
  }
  deleteNodes(...args: Args<'deleteNodes'>): Result<'deleteNodes'> {
    return this.#backend.deleteNodes(this.scope, ...args)
  }
  deleteEpisodes(...args: Args<'deleteEpisodes'>): Result<'deleteEpisodes'> {
    return this.#backend.deleteEpisodes(this.scope, ...args)
  }
  deleteScope(...args: Args<'deleteScope'>): Result<'deleteScope'> {
    return this.#backend.deleteScope(this.scope, ...args)
  }
  recordAccess(...args: Args<'recordAccess'>): Result<'recordAccess'> {
    return this.#backend.recordAccess(this.scope, ...args)
  }
  assignClusters(...args: Args<'assignClusters'>): Result<'assignClusters'> {
    return this.#backend.assignClusters(this.scope, ...args)
  }

  /** As `insertNodes([node])`. */
  async insertNode(
    node: MemoryNodeInput,
    options?: Parameters<MemoryBackend['insertNode']>[1],
  ): Promise<void> {
    await this.#backend.insertNode(fillOwner(node, this.#owner), options)
  }

  /**
   * Stores nodes of this scope's owner; a node that names no owner gets it.
   * @throws {MemoryError} `SCOPE_MISMATCH` for a node of another owner, `SCOPE_REQUIRED` when the scope names nobody;
   * otherwise as `MemoryBackend.insertNodes`.
   */
  async insertNodes(
    nodes: readonly MemoryNodeInput[],
    options?: Parameters<MemoryBackend['insertNodes']>[1],
  ): Result<'insertNodes'> {
    return this.#backend.insertNodes(this.#allOwned(nodes), options)
  }

  /** Stores episodes of this scope's owner; see `insertNodes`. */
  async insertEpisodes(
    episodes: readonly EpisodicMemoryInput[],
    options?: Parameters<MemoryBackend['insertEpisodes']>[1],
  ): Result<'insertEpisodes'> {
    return this.#backend.insertEpisodes(this.#allOwned(episodes), options)
  }

  #allOwned<T extends object>(records: readonly T[]): readonly T[] {
    if (!Array.isArray(records)) throw new TypeError('records must be an array')
    return Array.from(records, (record: T) => fillOwner(record, this.#owner))
  }
}
