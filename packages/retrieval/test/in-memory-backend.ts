import {
  type AdminDriver,
  type BackendCapabilities,
  type EmbeddingMatrix,
  type EmbeddingModel,
  type EpisodicMemory,
  isInScope,
  type Logger,
  MemoryBackend,
  MemoryError,
  type MemoryNode,
  matchesFilter,
  type NewEpisode,
  type NewNode,
  type PositionedBatch,
  type ResolvedPage,
  type ResolvedScope,
  type ResolvedSearch,
  type ScoredEpisode,
  type ScoredNode,
  type SearchPlan,
} from '@holdfast/core'

export interface InMemoryOptions {
  readonly dimensions?: number
  readonly embeddingModel?: EmbeddingModel
  readonly keywordSearch?: boolean
  readonly logger?: Logger
}

/** Reads and searches of a backend in plain arrays; what the retrievers never call rejects with `NOT_SUPPORTED`. */
export class InMemoryBackend extends MemoryBackend {
  readonly capabilities: BackendCapabilities
  readonly #nodes: NewNode[] = []
  readonly #episodes: NewEpisode[] = []
  readonly #options: InMemoryOptions
  /** Every vector that a search was asked with. */
  readonly queries: Float32Array[] = []

  constructor(options: InMemoryOptions = {}) {
    super(options.logger)
    this.#options = options
    this.capabilities = {
      durable: false,
      keywordSearch: options.keywordSearch ?? false,
      update: false,
      delete: false,
      concurrentWriters: false,
      approximateSearch: false,
      maintenance: false,
    }
  }

  get dimensions(): number | undefined {
    return this.#options.dimensions
  }

  get embeddingModel(): EmbeddingModel | undefined {
    return this.#options.embeddingModel
  }

  protected async _insertNodes(nodes: readonly NewNode[]) {
    this.#nodes.push(...nodes)
    return { inserted: nodes.length, replaced: 0, ignored: 0 }
  }

  protected async _insertEpisodes(episodes: readonly NewEpisode[]) {
    this.#episodes.push(...episodes)
    return { inserted: episodes.length, replaced: 0, ignored: 0 }
  }

  protected async _countNodes(scope: ResolvedScope, filter: ResolvedPage['filter']): Promise<number> {
    return this.#visible(scope, filter).length
  }

  protected async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    this.queries.push(query)
    return rank(this.#visible(scope, search.filter), query, search).map(
      ([node, score]): ScoredNode => ({ node, score }),
    )
  }

  protected async _searchEpisodes(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    this.queries.push(query)
    const visible = this.#episodes.filter(({ owner }) => isInScope(owner, scope))
    return rank(visible, query, search).map(([episode, score]): ScoredEpisode => ({ episode, score }))
  }

  /** The share of the query's words that the texts contain: enough for a ranking that differs from the vectors'. */
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const words = text.toLowerCase().split(/\s+/)
    return this.#visible(scope, search.filter)
      .map(({ record: node }): ScoredNode => {
        const content = `${node.humanContent} ${node.assistantContent}`.toLowerCase().split(/\s+/)
        return { node, score: words.filter((word) => content.includes(word)).length / words.length }
      })
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, search.topK)
  }

  protected _getNode(): Promise<MemoryNode | undefined> {
    return refuse()
  }
  protected _getNodes(): Promise<MemoryNode[]> {
    return refuse()
  }
  protected _scanNodes(): Promise<PositionedBatch<MemoryNode> | undefined> {
    return refuse()
  }
  protected _explainSearch(): Promise<SearchPlan> {
    return refuse()
  }
  protected _getEmbeddings(): Promise<EmbeddingMatrix> {
    return refuse()
  }
  protected _getClusterIds(): Promise<readonly (number | null)[]> {
    return refuse()
  }
  protected _getEpisode(): Promise<EpisodicMemory | undefined> {
    return refuse()
  }
  protected _getEpisodes(): Promise<EpisodicMemory[]> {
    return refuse()
  }
  protected _countEpisodes(): Promise<number> {
    return refuse()
  }
  protected _scanEpisodes(): Promise<PositionedBatch<EpisodicMemory> | undefined> {
    return refuse()
  }
  protected _getEpisodeEmbeddings(): Promise<EmbeddingMatrix> {
    return refuse()
  }
  protected async _close(): Promise<void> {}

  protected _adminDriver(): AdminDriver {
    return {
      listScopes: refuse,
      exportRecords: refuse,
      importNodes: refuse,
      importEpisodes: refuse,
      setEmbeddingModel: refuse,
    }
  }

  #visible(scope: ResolvedScope, filter: ResolvedPage['filter']): readonly NewNode[] {
    return this.#nodes.filter(
      ({ owner, record }) =>
        isInScope(owner, scope) && (filter === undefined || matchesFilter(record, filter)),
    )
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new MemoryError('NOT_SUPPORTED'))
}

function rank<T>(
  records: readonly { readonly record: T; readonly embedding: Float32Array | undefined }[],
  query: Float32Array,
  { topK, minScore }: ResolvedSearch,
): [T, number][] {
  return records
    .flatMap(({ record, embedding }): [T, number][] => {
      return embedding === undefined ? [] : [[record, cosine(embedding, query)]]
    })
    .filter(([, score]) => score >= minScore)
    .sort(([, a], [, b]) => b - a)
    .slice(0, topK)
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  return dot / (Math.hypot(...a) * Math.hypot(...b))
}
