import { queryWords, type ResolvedScope, type ResolvedSearch } from '@holdfast/core'
import type { Collection } from '../records/collection.js'
import type { RecordIndex } from '../records/record-index.js'
import { WorkSlices } from '../records/work-slices.js'
import type { SearchOutcome } from '../search/search-rows.js'
import { bestMatches } from './best-matches.js'
import { CarriedIndexes } from './carried-indexes.js'
import type { KeywordCache } from './keyword-cache.js'
import type { PublishedTexts } from './published-texts.js'
import { scopeName } from './scope-name.js'
import { ScopeWords } from './scope-words.js'

export interface KeywordIndexesOptions {
  readonly cache: KeywordCache
  /** The texts that are published at this moment; `undefined` when there are none, or nobody knows what they are. */
  readonly published: () => PublishedTexts | undefined
  /** Keeps the store's files open while something is read. Only a store that is written to keeps indexes on disk. */
  readonly whileHeld?: (use: () => Promise<void>) => Promise<void>
  /** Bytes of indexes in memory, beyond which those that were used least recently are dropped. Default: 256 MiB. */
  readonly budget?: number
  /** Words of a scope below which reading them again costs less than a file. Default: 100,000. */
  readonly smallScope?: number
}

interface Known {
  readonly words: ScopeWords
  size: number
}

/** The word indexes of an open store: one for each scope that was searched by words, made when that first happens. */
export class KeywordIndexes {
  readonly #options: KeywordIndexesOptions
  readonly #budget: number
  readonly #smallScope: number
  /** By name; the one that was used last comes last. */
  #known = new Map<string, Known>()
  #index: RecordIndex | undefined
  #size = 0
  #saving: Promise<void> = Promise.resolve()
  /** What is on disk for the texts that are about to be replaced. */
  #carried: CarriedIndexes | undefined

  constructor(options: KeywordIndexesOptions) {
    this.#options = options
    this.#budget = options.budget ?? 2 ** 28
    this.#smallScope = options.smallScope ?? 100_000
  }

  /**
   * The scope's best rows for a text, by BM25. The filter takes results away and changes no score. Nothing is found
   * for a text without words.
   */
  async search(
    collection: Collection,
    scope: ResolvedScope,
    text: string,
    { topK, filter }: ResolvedSearch,
    signal: AbortSignal | undefined,
  ): Promise<SearchOutcome> {
    const { index } = collection
    const words = queryWords(text)
    if (words.length === 0 || index.rowsIn(scope).length === 0) return { best: [], scored: 0 }
    const { cache, published } = this.#options
    const known = this.#use(index, scope)
    const order = filter === undefined ? 'any' : 'records'
    const slices = new WorkSlices(signal)
    const matches = await known.words.search(words, order, { cache, texts: published() }, slices)
    this.#measure(known)
    this.#keep(known)
    return bestMatches(collection, matches, { topK, filter }, slices)
  }

  /**
   * Other texts are about to be published. Takes note of the indexes on disk, so that {@link renew} can bring them over
   * although nobody has searched since the store was opened.
   */
  async prepare(index: RecordIndex): Promise<void> {
    const { cache, published, whileHeld } = this.#options
    this.#carried = undefined
    await whileHeld?.(async () => {
      const texts = published()
      if (texts !== undefined) this.#carried = await CarriedIndexes.find(cache, texts, index, this.#budget)
    })
  }

  /** Other texts have been published. Resolves when nothing is left on disk that belongs to what was before. */
  async renew(): Promise<void> {
    const { cache, published, whileHeld } = this.#options
    if (whileHeld === undefined) return
    const carried = this.#carried
    this.#carried = undefined
    // Behind what is being saved, which belongs to the texts before.
    this.#saving = this.#saving.then(async () => {
      await whileHeld(async () => {
        const texts = published()
        if (texts === undefined) return
        const isInMemory = (name: string) => this.#known.get(name)?.words.isComplete === true
        await carried?.bringOver(cache, texts, { isInMemory, smallScope: this.#smallScope })
      }).catch(() => {})
      const texts = published()
      if (texts !== undefined) await cache.sweep(texts)
    })
    await this.#saving
    for (const known of this.#known.values()) this.#keep(known)
  }

  /** Waits for what is being saved. */
  settle(): Promise<void> {
    return this.#saving
  }

  /** Saves an index that is not on disk for the texts of this moment. */
  #keep({ words }: Known): void {
    const { cache, published, whileHeld } = this.#options
    if (whileHeld === undefined || !words.isComplete || words.totalLength < this.#smallScope) return
    const isNeeded = (texts = published()) => texts !== undefined && !words.isSavedFor(texts)
    if (!isNeeded()) return
    const save = async () => {
      const texts = published()
      if (texts !== undefined && isNeeded(texts)) await words.save(cache, texts)
    }
    this.#saving = this.#saving.then(() => whileHeld(save)).catch(() => {})
  }

  #use(index: RecordIndex, scope: ResolvedScope): Known {
    if (index !== this.#index) {
      this.#index = index
      this.#known = new Map()
      this.#size = 0
    }
    const name = scopeName(scope)
    const known = this.#known.get(name) ?? { words: new ScopeWords(index, scope), size: 0 }
    this.#known.delete(name)
    this.#known.set(name, known)
    return known
  }

  #measure(known: Known): void {
    if (this.#known.get(known.words.name) !== known) return
    const { size } = known.words
    this.#size += size - known.size
    known.size = size
    for (const [name, oldest] of this.#known) {
      if (this.#size <= this.#budget || oldest === known) return
      this.#known.delete(name)
      this.#size -= oldest.size
    }
  }
}
