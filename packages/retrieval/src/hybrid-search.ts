import {
  checkOptions,
  type MemoryBackend,
  MemoryError,
  type MemoryNode,
  type NodeFilter,
  ownerKey,
  ownerOf,
  type Scope,
  type ScopedMemory,
  type ScoredNode,
} from '@holdfast/core'
import type { Embedder } from './embedder.js'
import { ProcessMemoryRetriever } from './process-memory-retriever.js'
import { fuseRankings } from './reciprocal-rank-fusion.js'

export interface HybridSearchOptions {
  readonly embedder: Embedder
  /**
   * `required` (default) rejects with `NOT_SUPPORTED` on a backend without keyword search; `if-supported` goes by the
   * vectors alone there.
   */
  readonly keyword?: 'required' | 'if-supported'
}

export interface HybridQueryOptions {
  /** How many results at most. Default 10. */
  readonly topK?: number
  /** Places of each ranking that are fused, at least `topK`. Default 100. */
  readonly depth?: number
  /** Lowest cosine similarity for the vector ranking, inclusive. Default 0. */
  readonly minScore?: number
  readonly filter?: NodeFilter
  readonly signal?: AbortSignal
}

/** A result of both rankings. `score` is the fused one: it orders results of one search and means nothing beyond it. */
export interface FusedNode extends ScoredNode {
  /** Place among the results by meaning, from 1; `undefined` when it is not there. */
  readonly vectorRank: number | undefined
  /** Place among the results by words, from 1; `undefined` when it is not there. */
  readonly keywordRank: number | undefined
}

/**
 * Searches by meaning and by words at the same time and fuses the two rankings by reciprocal rank (k = 60): finds
 * what is put differently, and what has just the right name or error code in it.
 */
export class HybridSearch {
  readonly #memory: ScopedMemory
  readonly #byMeaning: ProcessMemoryRetriever
  readonly #keywordRequired: boolean

  /** @throws {TypeError} for a scope of the wrong shape. A scope that names nobody finds nothing. */
  constructor(backend: MemoryBackend, scope: Scope, options: HybridSearchOptions) {
    checkOptions(options, ['embedder', 'keyword'])
    if (options.keyword !== undefined && !['required', 'if-supported'].includes(options.keyword)) {
      throw new TypeError('keyword must be required or if-supported')
    }
    this.#memory = backend.withScope(scope)
    this.#byMeaning = new ProcessMemoryRetriever(backend, scope, { embedder: options.embedder })
    this.#keywordRequired = options.keyword !== 'if-supported'
  }

  /**
   * The best nodes of the scope; a query of white space finds none.
   * @throws {MemoryError} `NOT_SUPPORTED` when keyword search is required and missing; otherwise as
   * `MemoryBackend.vectorSearch` and the embedder.
   */
  async search(query: string, options: HybridQueryOptions = {}): Promise<FusedNode[]> {
    checkOptions(options, ['topK', 'depth', 'minScore', 'filter', 'signal'])
    if (typeof query !== 'string') throw new TypeError('query must be a text')
    const { minScore, filter, signal } = options
    const topK = checkPlaces(options.topK ?? 10, 'topK')
    const depth = checkPlaces(options.depth ?? 100, 'depth')
    const common = {
      topK: Math.max(topK, depth),
      ...(filter === undefined ? {} : { filter }),
      ...(signal === undefined ? {} : { signal }),
    }
    const [byMeaning, byWords] = await Promise.all([
      this.#byMeaning.retrieve(query, { ...common, ...(minScore === undefined ? {} : { minScore }) }),
      this.#searchByWords(query, common),
    ])
    const fused = fuseRankings([byMeaning, byWords], ({ node }) => nodeKey(node))
    return fused.slice(0, topK).map(({ item, score, places: [vectorRank, keywordRank] }) => ({
      node: item.node,
      score,
      vectorRank,
      keywordRank,
    }))
  }

  async #searchByWords(
    query: string,
    options: NonNullable<Parameters<ScopedMemory['keywordSearch']>[1]>,
  ): Promise<ScoredNode[]> {
    try {
      const found = await this.#memory.keywordSearch(query, options)
      return query.trim() === '' ? [] : found
    } catch (error) {
      const isMissing = error instanceof MemoryError && error.code === 'NOT_SUPPORTED'
      if (isMissing && !this.#keywordRequired) return []
      throw error
    }
  }
}

function checkPlaces(value: number, name: string): number {
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer`)
  if (value < 0) throw new RangeError(`${name} must be at least 0, not ${value}`)
  return value
}

/** Ids are unique per owner only, and a user's scope can hold several owners. */
function nodeKey(node: MemoryNode): string {
  const owner = ownerOf(node)
  return JSON.stringify([owner === undefined ? null : ownerKey(owner), node.id])
}
