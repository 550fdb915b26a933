import type { MemoryBackend, Scope, ScopedMemory, ScoredNode, VectorSearchOptions } from '@holdfast/core'
import type { Embedder } from './embedder.js'
import { type Query, queryVector } from './query-vector.js'

/** What the retrievers are made with, besides a backend and a scope. */
export interface RetrieverOptions {
  /** Turns questions into vectors. Without one, only vectors can be asked. */
  readonly embedder?: Embedder
}

/** Finds process memories: single exchanges that tell how something was done. */
export class ProcessMemoryRetriever {
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
   * The exchanges of the scope that are nearest in meaning, best first; a query of white space finds none.
   * @throws {MemoryError} as `MemoryBackend.vectorSearch`, as the embedder, and `EMBEDDING_MISMATCH`.
   */
  async retrieve(query: Query, options: VectorSearchOptions = {}): Promise<ScoredNode[]> {
    const vector = await queryVector(query, {
      backend: this.#backend,
      scope: this.#memory.scope,
      embedder: this.#embedder,
      signal: options.signal,
    })
    return this.#memory.vectorSearch(vector, options)
  }
}
