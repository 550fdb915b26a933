import type { MemoryBackend, Scope, ScopedMemory, ScoredEpisode, VectorSearchOptions } from '@holdfast/core'
import type { Embedder } from './embedder.js'
import type { RetrieverOptions } from './process-memory-retriever.js'
import { type Query, queryVector } from './query-vector.js'

/** How a search among episodes is bounded; episodes have no filter. */
export type EpisodeRetrieveOptions = Omit<VectorSearchOptions, 'filter'>

/** Finds episodic memories: whole conversations. */
export class EpisodicMemoryRetriever {
  readonly #backend: MemoryBackend
  readonly #memory: ScopedMemory
  readonly #embedder: Embedder | undefined

  /** @throws {TypeError} for a scope of the wrong shape. A scope that names nobody finds nothing. */
  constructor(backend: MemoryBackend, scope: Scope, options: RetrieverOptions = {}) {
    this.#backend = backend
    this.#memory = backend.withScope(scope)
    this.#embedder = options.embedder
  }

  /**
   * The conversations of the scope that are nearest in meaning, best first; a query of white space finds none.
   * @throws {MemoryError} as `MemoryBackend.searchEpisodes`, as the embedder, and `EMBEDDING_MISMATCH`.
   */
  async retrieve(query: Query, options: EpisodeRetrieveOptions = {}): Promise<ScoredEpisode[]> {
    const vector = await queryVector(query, {
      backend: this.#backend,
      scope: this.#memory.scope,
      embedder: this.#embedder,
      signal: options.signal,
    })
    return this.#memory.searchEpisodes(vector, options)
  }
}
