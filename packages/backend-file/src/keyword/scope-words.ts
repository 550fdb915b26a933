import {
  parsePythonJson,
  type RecordText,
  type ResolvedScope,
  searchedTexts,
  wordBatches,
} from '@holdfast/core'
import { readTexts } from '../records/read-texts.js'
import type { RecordIndex } from '../records/record-index.js'
import type { KeywordCache } from './keyword-cache.js'
import type { PublishedTexts } from './published-texts.js'
import { ScopeDocuments } from './scope-documents.js'
import { WordIndex } from './word-index.js'
import { WorkSlices } from './work-slices.js'

/** The rows that have a word of the query, and how well they match. */
export interface WordMatches {
  readonly rows: Int32Array
  readonly scores: Float64Array
}

/** Where an index may be on disk, and for which texts. */
export interface StoredWords {
  readonly cache: KeywordCache
  readonly texts: PublishedTexts | undefined
}

/** Documents that are gone before the lists are made anew without them, if they are more than those that are left. */
const fewRemoved = 1024

/**
 * The words of everything one scope sees, and of nothing else: so the statistics that a score depends on are the
 * scope's own, and what a search costs too. It is brought up to date by each search, from the texts of new rows.
 *
 * One caller at a time: each waits for those before it, and then finds the records of that moment.
 */
export class ScopeWords {
  readonly name: string
  readonly #index: RecordIndex
  readonly #scope: ResolvedScope
  #words = new WordIndex()
  #documents: ScopeDocuments
  #isLoaded = false
  #savedFor: string | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(index: RecordIndex, scope: ResolvedScope) {
    this.#index = index
    this.#scope = scope
    this.#documents = new ScopeDocuments(index)
    this.name = scopeName(scope)
  }

  /** Bytes in memory. */
  get size(): number {
    return this.#words.size + this.#documents.size
  }

  /** Words that had to be read. */
  get totalLength(): number {
    return this.#words.totalLength
  }

  isSavedFor(texts: PublishedTexts): boolean {
    return this.#savedFor === identityOf(texts)
  }

  /**
   * Finds the rows with one of the words. The caller keeps the store's files open.
   * @param words each once.
   * @param order of the rows: that of their records, or any, which takes less time.
   * @throws {MemoryError} `CORRUPT` for a text that cannot be read; the signal's reason. What was done by then is kept.
   */
  search(
    words: readonly string[],
    order: 'records' | 'any',
    { cache, texts }: StoredWords,
    signal: AbortSignal | undefined,
  ): Promise<WordMatches> {
    return this.#alone(signal, async () => {
      const slices = new WorkSlices(signal)
      if (!this.#isLoaded && texts !== undefined) await this.#load(cache, texts, slices)
      this.#isLoaded = true
      await this.#catchUp(slices, signal)
      const removed = this.#words.count - this.#words.presentCount
      if (removed > Math.max(fewRemoved, this.#words.presentCount)) await this.#compact(slices)
      return this.#words.query(words, slices, async ({ documents, scores }) => {
        const found = { rows: new Int32Array(documents.length), scores: new Float64Array(documents.length) }
        const ordered = order === 'any' ? documents : this.#documents.inOrder()
        let count = 0
        for (const document of ordered) {
          const score = scores[document] ?? 0
          if (score === 0) continue
          found.rows[count] = this.#documents.row(document)
          found.scores[count] = score
          count += 1
        }
        return found
      })
    })
  }

  /** Keeps what is known of these texts. The caller keeps the store's files open. */
  save(cache: KeywordCache, texts: PublishedTexts): Promise<void> {
    return this.#alone(undefined, async () => {
      if (this.isSavedFor(texts)) return
      // Also when it fails: a full disk is not filled better by trying with every search.
      this.#savedFor = identityOf(texts)
      this.#forgetGone()
      const slices = new WorkSlices(undefined)
      if (this.#words.hasRemoved) await this.#compact(slices)
      const offsets = new Float64Array(this.#words.count).fill(-1)
      for (const document of this.#documents.inOrder()) {
        const place = this.#index.text(this.#documents.row(document))
        if (place.file === texts.file) offsets[document] = place.offset
        if ((document & 1023) === 0 && slices.isOver) await slices.rest()
      }
      await cache.save(this.name, texts, { offsets, index: this.#words.parts })
    })
  }

  async #load(cache: KeywordCache, texts: PublishedTexts, slices: WorkSlices): Promise<void> {
    const found = await cache.load(this.name, texts, slices)
    if (found === undefined) return
    const words = new WordIndex(found.index)
    await words.restore(slices)
    const byOffset = new Map<number, number>()
    for (const [document, offset] of found.offsets.entries()) {
      if (offset >= 0) byOffset.set(offset, document)
      if ((document & 1023) === 0 && slices.isOver) await slices.rest()
    }
    const known: { document: number; row: number }[] = []
    for (const row of this.#index.rowsIn(this.#scope)) {
      const { file, offset } = this.#index.text(row)
      const document = file === texts.file ? byOffset.get(offset) : undefined
      if (document !== undefined) {
        words.putBack(document)
        known.push({ document, row })
      }
      if ((row & 1023) === 0 && slices.isOver) await slices.rest()
    }
    this.#words = words
    this.#documents = new ScopeDocuments(this.#index)
    this.#documents.add(known)
    this.#savedFor = identityOf(texts)
  }

  #forgetGone() {
    const { gone, missing } = this.#documents.update(this.#index.rowsIn(this.#scope))
    for (const document of gone) this.#words.remove(document)
    return missing
  }

  async #catchUp(slices: WorkSlices, signal: AbortSignal | undefined): Promise<void> {
    const missing = this.#forgetGone()
    if (missing.length === 0) return
    let added: { document: number; row: number }[] = []
    try {
      for await (const group of readTexts(this.#index, missing, signal)) {
        slices.begin()
        for (const { row, text } of group) {
          for (const content of contentsOf(text)) {
            for (const words of wordBatches(content)) {
              this.#words.take(words)
              if (slices.isOver) await slices.rest()
            }
          }
          added.push({ document: this.#words.finish(), row })
        }
        // Not with every group: each time costs what there is.
        if (added.length * 8 < this.#documents.count) continue
        this.#documents.add(added)
        added = []
      }
    } finally {
      this.#words.abandon()
      this.#documents.add(added)
    }
  }

  async #compact(slices: WorkSlices): Promise<void> {
    const numbers = new Uint32Array(this.#words.count)
    const words = await this.#words.withoutRemoved(slices, (before, document) => {
      numbers[before] = document
    })
    this.#documents = this.#documents.renumbered((document) => numbers[document] ?? 0)
    this.#words = words
  }

  #alone<T>(signal: AbortSignal | undefined, use: () => Promise<T>): Promise<T> {
    const before = this.#last
    const run = waitFor(before, signal).then(use)
    this.#last = Promise.allSettled([before, run]).then(() => {})
    return run
  }
}

/** Waits for a promise that never rejects, unless the signal is aborted before. */
function waitFor(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return before
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    void before.then(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
  })
}

/** A text that names a scope, and no other one. */
export function scopeName(scope: ResolvedScope): string {
  return scope.kind === 'tenant' ? `tenant:${scope.tenantId}` : `user:${scope.userId}`
}

function identityOf({ size, crc32 }: PublishedTexts): string {
  return `${size}:${crc32}`
}

/** What is searched of a stored node. One whose contents are no texts is found by nothing, and refused when it is read. */
function contentsOf(text: RecordText): readonly string[] {
  const value = parsePythonJson(text)
  if (typeof value !== 'object' || value === null) return []
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const { human_content: human, assistant_content: assistant } = fields
  return searchedTexts({
    humanContent: typeof human === 'string' ? human : '',
    assistantContent: typeof assistant === 'string' ? assistant : '',
  })
}
