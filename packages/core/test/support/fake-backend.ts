import {
  type AdminDriver,
  type BackendCapabilities,
  type EpisodicMemory,
  type Logger,
  MemoryBackend,
  type MemoryNode,
  type PositionedBatch,
} from '../../src/index.js'

export const allCapabilities: BackendCapabilities = Object.freeze({
  durable: false,
  keywordSearch: true,
  update: true,
  delete: true,
  concurrentWriters: false,
  approximateSearch: true,
  maintenance: true,
})

/** A protected method that was called, with what core gave it. */
export interface ProtectedCall {
  readonly method: string
  readonly args: readonly unknown[]
}

export interface FakeOptions {
  readonly logger?: Logger
  readonly capabilities?: BackendCapabilities
  /** Default 2; `null` stands for a store that has none yet. */
  readonly dimensions?: number | null
  /** Batches that a scan of nodes gives, in order. */
  readonly nodeBatches?: readonly PositionedBatch<MemoryNode>[]
}

/** Stores nothing: it notes every protected call, and answers each with something that is not the empty answer. */
export class FakeBackend extends MemoryBackend {
  readonly calls: ProtectedCall[] = []
  readonly capabilities: BackendCapabilities
  readonly dimensions: number | undefined
  readonly embeddingModel = undefined
  readonly #nodeBatches: readonly PositionedBatch<MemoryNode>[]
  /** What every protected method waits for before it answers. */
  gate: Promise<void> = Promise.resolve()

  constructor(options: FakeOptions = {}) {
    super(options.logger)
    this.capabilities = options.capabilities ?? allCapabilities
    const { dimensions = 2 } = options
    this.dimensions = dimensions ?? undefined
    this.#nodeBatches = options.nodeBatches ?? []
  }

  async #note<T>(method: string, args: readonly unknown[], answer: T): Promise<T> {
    this.calls.push({ method, args })
    await this.gate
    return answer
  }

  protected override _close() {
    return this.#note('_close', [], undefined)
  }
  protected override _getNode(...args: unknown[]) {
    return this.#note<MemoryNode | undefined>('_getNode', args, undefined)
  }
  protected override _getNodes(...args: unknown[]) {
    return this.#note<MemoryNode[]>('_getNodes', args, [])
  }
  protected override _countNodes(...args: unknown[]) {
    return this.#note('_countNodes', args, 7)
  }
  protected override _scanNodes(...args: unknown[]) {
    const next = this.#nodeBatches[this.calls.filter(({ method }) => method === '_scanNodes').length]
    return this.#note('_scanNodes', args, next)
  }
  protected override _vectorSearch(...args: unknown[]) {
    return this.#note('_vectorSearch', args, [])
  }
  protected override _explainSearch(...args: unknown[]) {
    return this.#note('_explainSearch', args, {
      strategy: 'exact' as const,
      rowsInScope: 7,
      rowsScored: 7,
      exact: true,
    })
  }
  protected override _getEmbeddings(...args: unknown[]) {
    return this.#note('_getEmbeddings', args, oneRow())
  }
  protected override _getClusterIds(...args: unknown[]) {
    return this.#note('_getClusterIds', args, [3, null, -1, 3])
  }
  protected override _keywordSearch(...args: unknown[]) {
    return this.#note('_keywordSearch', args, [])
  }
  protected override _getEpisode(...args: unknown[]) {
    return this.#note<EpisodicMemory | undefined>('_getEpisode', args, undefined)
  }
  protected override _getEpisodes(...args: unknown[]) {
    return this.#note<EpisodicMemory[]>('_getEpisodes', args, [])
  }
  protected override _countEpisodes(...args: unknown[]) {
    return this.#note('_countEpisodes', args, 7)
  }
  protected override _scanEpisodes(...args: unknown[]) {
    return this.#note('_scanEpisodes', args, undefined)
  }
  protected override _searchEpisodes(...args: unknown[]) {
    return this.#note('_searchEpisodes', args, [])
  }
  protected override _getEpisodeEmbeddings(...args: unknown[]) {
    return this.#note('_getEpisodeEmbeddings', args, oneRow())
  }
  protected override _insertNodes(...args: unknown[]) {
    return this.#note('_insertNodes', args, { inserted: 7, replaced: 0, ignored: 0 })
  }
  protected override _insertEpisodes(...args: unknown[]) {
    return this.#note('_insertEpisodes', args, { inserted: 7, replaced: 0, ignored: 0 })
  }
  protected override _updateNode(...args: unknown[]) {
    return this.#note('_updateNode', args, true)
  }
  protected override _deleteNodes(...args: unknown[]) {
    return this.#note('_deleteNodes', args, 7)
  }
  protected override _deleteEpisodes(...args: unknown[]) {
    return this.#note('_deleteEpisodes', args, 7)
  }
  protected override _deleteScope(...args: unknown[]) {
    return this.#note('_deleteScope', args, 7)
  }
  protected override _recordAccess(...args: unknown[]) {
    return this.#note('_recordAccess', args, undefined)
  }
  protected override _assignClusters(...args: unknown[]) {
    return this.#note('_assignClusters', args, 7)
  }

  protected override _adminDriver(): AdminDriver {
    const note = <T>(method: string, args: readonly unknown[], answer: T) => this.#note(method, args, answer)
    return {
      note,
      listScopes: (...args: unknown[]) => note('listScopes', args, []),
      exportRecords: (...args: unknown[]) => note('exportRecords', args, undefined),
      importNodes: (...args: unknown[]) =>
        note('importNodes', args, { inserted: 7, replaced: 0, ignored: 0 }),
      importEpisodes: (...args: unknown[]) =>
        note('importEpisodes', args, { inserted: 7, replaced: 0, ignored: 0 }),
      setEmbeddingModel: (...args: unknown[]) => note('setEmbeddingModel', args, undefined),
      verify(...args: unknown[]) {
        return this.note('verify', args, { problems: [] })
      },
      stats(...args: unknown[]) {
        return this.note('stats', args, { nodes: 7, episodes: 7, unowned: 0, bytes: 7 })
      },
      compact(...args: unknown[]) {
        return this.note('compact', args, undefined)
      },
      maintain(...args: unknown[]) {
        return this.note('maintain', args, { indexes: [] })
      },
    } as AdminDriver & { note: typeof note }
  }
}

function oneRow() {
  return { nodeIds: ['x'], rows: 1, dimensions: 2, data: new Float32Array(2) }
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const keep = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
