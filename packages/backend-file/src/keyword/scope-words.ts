import {
  parsePythonJson,
  type RecordText,
  type ResolvedScope,
  searchedTexts,
  wordBatches,
} from '@holdfast/core'
import { readTexts } from '../records/read-texts.js'
import type { RecordIndex } from '../records/record-index.js'
import { untilAborted } from '../records/until-aborted.js'
import { WorkSlices } from '../records/work-slices.js'
import type { KeywordCache } from './keyword-cache.js'
import type { KeywordFile } from './keyword-file.js'
import { placeDocuments } from './place-documents.js'
import type { PublishedTexts } from './published-texts.js'
import { type DocumentRow, ScopeDocuments } from './scope-documents.js'
import { scopeName } from './scope-name.js'
import { WordIndex, type WordIndexParts } from './word-index.js'

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

/** Bytes of texts that are decoded at once: little beside a slice of work, which follows at once. */
const readAtOnce = 1 << 18
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
  #isComplete = false
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

  /** Whether it has ever held every document of the scope, so that bringing it up to date is little work. */
  get isComplete(): boolean {
    return this.#isComplete
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
    slices: WorkSlices,
  ): Promise<WordMatches> {
    return this.#alone(slices.signal, async () => {
      if (!this.#isLoaded && texts !== undefined) await this.#load(cache, texts, slices)
      this.#isLoaded = true
      await this.#catchUp(slices)
      const removed = this.#words.count - this.#words.presentCount
      if (removed > Math.max(fewRemoved, this.#words.presentCount)) await this.#compact(slices)
      return this.#words.query(words, slices, async ({ documents, scores }) => {
        const found = { rows: new Int32Array(documents.length), scores: new Float64Array(documents.length) }
        const ordered = order === 'any' ? documents : this.#documents.inOrder()
        let count = 0
        for (let at = 0; at < ordered.length; at++) {
          if ((at & 4095) === 4095 && slices.isOver) await slices.rest()
          const document = ordered[at] ?? 0
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

  /** Takes over an index from disk. @param documents which rows it stands for; they may be of the past. */
  adopt({ index }: KeywordFile, documents: ScopeDocuments): Promise<void> {
    return this.#alone(undefined, () => this.#restore(index, documents, new WorkSlices(undefined)))
  }

  /** Brings the index up to date. The caller keeps the store's files open. */
  catchUp(): Promise<void> {
    return this.#alone(undefined, () => this.#catchUp(new WorkSlices(undefined)))
  }

  /** Brings the index up to date and keeps it for these texts. The caller keeps the store's files open. */
  save(cache: KeywordCache, texts: PublishedTexts): Promise<void> {
    return this.#alone(undefined, async () => {
      if (this.isSavedFor(texts)) return
      // Also when it fails: a full disk is not filled better by trying with every search.
      this.#savedFor = identityOf(texts)
      const slices = new WorkSlices(undefined)
      await this.#catchUp(slices)
      if (this.#words.hasRemoved) await this.#compact(slices)
      const offsets = new Float64Array(this.#words.count).fill(-1)
      const documents = this.#documents.inOrder()
      for (let at = 0; at < documents.length; at++) {
        const document = documents[at] ?? 0
        const place = this.#index.text(this.#documents.row(document))
        if (place.file === texts.file) offsets[document] = place.offset
        if ((at & 1023) === 1023 && slices.isOver) await slices.rest()
      }
      await cache.save(this.name, texts, { offsets, index: this.#words.parts })
    })
  }

  async #load(cache: KeywordCache, texts: PublishedTexts, slices: WorkSlices): Promise<void> {
    const found = await cache.load(this.name, texts, slices)
    if (found === undefined) return
    const rows = this.#index.rowsIn(this.#scope)
    const documents = await placeDocuments(this.#index, rows, found.offsets, texts.file, slices)
    await this.#restore(found.index, documents, slices)
    this.#savedFor = identityOf(texts)
  }

  async #restore(parts: WordIndexParts, documents: ScopeDocuments, slices: WorkSlices): Promise<void> {
    const words = new WordIndex(parts)
    await words.restore(slices)
    const known = documents.inOrder()
    for (let at = 0; at < known.length; at++) {
      words.putBack(known[at] ?? 0)
      if ((at & 4095) === 4095 && slices.isOver) await slices.rest()
    }
    this.#words = words
    this.#documents = documents
    this.#isLoaded = true
  }

  async #catchUp(slices: WorkSlices): Promise<void> {
    const rows = this.#index.rowsIn(this.#scope)
    const { gone, missing } = this.#documents.update(rows)
    for (const document of gone) this.#words.remove(document)
    if (missing.length === 0) {
      this.#documents.complete(rows)
      this.#isComplete = true
      return
    }
    let added: DocumentRow[] = []
    try {
      for await (const group of readTexts(this.#index, missing, slices.signal, readAtOnce)) {
        for (const { row, text } of group) {
          // Also at first: decoding a group is work, and not all texts have words.
          if (slices.isOver) await slices.rest()
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
      this.#documents.add(added)
      added = []
      this.#documents.complete(rows)
      this.#isComplete = true
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
    const run = untilAborted(before, signal).then(use)
    this.#last = Promise.allSettled([before, run]).then(() => {})
    return run
  }
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
