import {
  checkOptions,
  type MemoryBackend,
  type NodeFilter,
  type Scope,
  type ScoredEpisode,
  type ScoredNode,
} from '@holdfast/core'
import type { Embedder } from './embedder.js'
import { type EpisodeRetrieveOptions, EpisodicMemoryRetriever } from './episodic-memory-retriever.js'
import { checkContextOptions, type FormatContextOptions, formatContext } from './format-context.js'
import { LocalEmbedder } from './local-embedder.js'
import { openConfiguredBackend } from './open-configured-backend.js'
import { ProcessMemoryRetriever, type RetrieverOptions } from './process-memory-retriever.js'
import { checkEmbedder, type Query, queryVector } from './query-vector.js'

/** Where the memories are, who asks, and what embeds the questions. Exactly one of `backend` and `config` is given. */
export interface DualRetrieverLoadOptions extends Scope {
  /** An open backend. It stays the caller's to close. */
  readonly backend?: MemoryBackend
  /**
   * The path of a YAML configuration, a store's URL (`file:./data`), or a configuration object; needs the package
   * `@holdfast/config`. The store is opened for reading only and closed by `close`. A file store is then read as it
   * was when it was opened: whoever writes to it in this process passes that `backend` instead.
   */
  readonly config?: string | object
  /** Default: {@link LocalEmbedder}. */
  readonly embedder?: Embedder
}

export interface RetrieveOptions {
  /** Exchanges at most. Default 10. */
  readonly topK?: number
  /** Lowest cosine similarity, inclusive, of exchanges and of conversations. Default 0. */
  readonly minScore?: number
  /** Narrows the exchanges; conversations have no filter. */
  readonly filter?: NodeFilter
  /** For conversations alone. `topK` is 3 by default, since each is long. */
  readonly episodes?: Omit<EpisodeRetrieveOptions, 'signal'>
  /** How the prompt text is bounded. */
  readonly context?: FormatContextOptions
  readonly signal?: AbortSignal
}

/** What is known about a question. Lists are best first. */
export interface RetrievedContext {
  readonly process: readonly ScoredNode[]
  readonly episodic: readonly ScoredEpisode[]
  /** The text for a prompt, as `formatContext` makes it; empty when nothing was found. */
  readonly context: string
  /** Milliseconds. */
  readonly timings: { readonly embedding: number; readonly search: number }
}

/**
 * Retrieves exchanges and conversations for one question, side by side. The question is embedded once.
 *
 * @example
 * await using retriever = await DualRetriever.load({ config: 'config.yaml', tenantId: 'pedalwick' })
 * const { context } = await retriever.retrieve('How do I reset my password?', { topK: 5 })
 */
export class DualRetriever {
  readonly #backend: MemoryBackend
  readonly #scope: Scope
  readonly #embedder: Embedder | undefined
  readonly #process: ProcessMemoryRetriever
  readonly #episodic: EpisodicMemoryRetriever
  #opened: MemoryBackend | undefined

  /** @throws {TypeError} for a scope of the wrong shape. A scope that names nobody finds nothing. */
  constructor(backend: MemoryBackend, scope: Scope, options: RetrieverOptions = {}) {
    this.#process = new ProcessMemoryRetriever(backend, scope)
    this.#episodic = new EpisodicMemoryRetriever(backend, scope)
    this.#backend = backend
    this.#scope = backend.withScope(scope).scope
    this.#embedder = options.embedder
  }

  /**
   * Opens what is needed, so that a missing package or a model that does not fit is told now and not at a question.
   * @throws {MemoryError} `DIMENSION_MISMATCH` or `EMBEDDING_MISMATCH` when the embedder does not fit the store,
   * `BACKEND_NOT_INSTALLED`, and what opening the store throws. Nothing stays open then.
   */
  static async load(options: DualRetrieverLoadOptions): Promise<DualRetriever> {
    checkOptions(options, ['backend', 'config', 'tenantId', 'userId', 'embedder'])
    const { backend: given, config, tenantId = null, userId = null } = options
    const opened =
      given === undefined && config !== undefined ? await openConfiguredBackend(config) : undefined
    const backend = given ?? opened
    if (backend === undefined || (given !== undefined && config !== undefined)) {
      throw new TypeError('DualRetriever.load takes either backend or config')
    }
    try {
      const embedder = options.embedder ?? (await LocalEmbedder.create())
      checkEmbedder(embedder, backend)
      const retriever = new DualRetriever(backend, { tenantId, userId }, { embedder })
      retriever.#opened = opened
      return retriever
    } catch (error) {
      await opened?.close()
      throw error
    }
  }

  /**
   * The memories nearest in meaning to a question in words, or to a vector of the store's dimensions. A scope that
   * names nobody and a question of white space get nothing.
   * @throws {MemoryError} as the searches and the embedder.
   */
  async retrieve(query: Query, options: RetrieveOptions = {}): Promise<RetrievedContext> {
    checkOptions(options, ['topK', 'minScore', 'filter', 'episodes', 'context', 'signal'])
    const { topK, minScore, filter, episodes = {}, context = {}, signal } = options
    checkOptions(episodes, ['topK', 'minScore'])
    checkContextOptions(context)
    const common = {
      ...(minScore === undefined ? {} : { minScore }),
      ...(signal === undefined ? {} : { signal }),
    }
    const start = performance.now()
    const vector = await queryVector(query, {
      backend: this.#backend,
      scope: this.#scope,
      embedder: this.#embedder,
      signal,
    })
    const embedded = performance.now()
    const [process, episodic] = await Promise.all([
      this.#process.retrieve(vector, {
        ...common,
        ...(topK === undefined ? {} : { topK }),
        ...(filter === undefined ? {} : { filter }),
      }),
      this.#episodic.retrieve(vector, { topK: 3, ...common, ...episodes }),
    ])
    const timings = { embedding: embedded - start, search: performance.now() - embedded }
    return { process, episodic, context: formatContext({ process, episodic }, context), timings }
  }

  /** Closes the backend that `load` opened; one that was passed in stays open. Can be called again. */
  async close(): Promise<void> {
    await this.#opened?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
