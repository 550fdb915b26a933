import { bm25, lengthPenalty, wordRarity } from '@holdfast/core'
import { doubles, grown, integers32 } from '../records/growing-arrays.js'
import type { WorkSlices } from '../records/work-slices.js'
import { PostingLists, type PostingParts } from './posting-lists.js'
import { Postings } from './postings.js'
import { TermTable, type TermTableParts } from './term-table.js'

/** What an index is made of, for a file. */
export interface WordIndexParts {
  /** Words of each document. */
  readonly lengths: Uint32Array
  readonly terms: TermTableParts
  readonly postings: PostingParts
}

/** Documents that have a word of the query, and by document how well they match. */
export interface Matches {
  readonly documents: Uint32Array
  readonly scores: Float64Array
}

/** Postings that are scored before looking at the clock. */
const postingsAtOnce = 1 << 14

/**
 * An inverted index: which documents have which words. Documents are numbered 0, 1, 2 … in the order in which they
 * came; a removed one stays in the lists and is passed over, until {@link withoutRemoved} makes a new index.
 *
 * Nobody may ask for anything while a promise of its methods is pending.
 */
export class WordIndex {
  readonly #terms: TermTable
  readonly #postings: PostingLists
  #lengths: Uint32Array
  /** By document: 1 when it is there. */
  #present: Uint8Array
  #count: number
  #presentCount = 0
  #totalLength = 0
  /** Of the document that is being added: how often each term stands in it, and which. */
  #frequencies = integers32(0)
  #found = integers32(0)
  #foundCount = 0
  #length = 0
  #hasUnusedTerms = false
  readonly #read = new Postings()
  /** By document; zeros between two queries. */
  #scores = doubles(0)
  /** By document, for this average length; so many of them. */
  #penalties = doubles(0)
  #penaltyAverage = 0
  #penaltyCount = 0

  constructor(parts?: WordIndexParts) {
    this.#terms = new TermTable(parts?.terms)
    this.#postings = new PostingLists(parts?.postings)
    this.#lengths = parts?.lengths ?? integers32(0)
    this.#count = this.#lengths.length
    this.#present = new Uint8Array(this.#count)
  }

  /** How many documents were ever added. */
  get count(): number {
    return this.#count
  }

  /** How many of them are there. */
  get presentCount(): number {
    return this.#presentCount
  }

  get totalLength(): number {
    return this.#totalLength
  }

  /** Whether there is anything that {@link withoutRemoved} would leave out. */
  get hasRemoved(): boolean {
    return this.#presentCount < this.#count || this.#hasUnusedTerms
  }

  /** Bytes in memory. */
  get size(): number {
    const scratch =
      this.#frequencies.byteLength +
      this.#found.byteLength +
      this.#scores.byteLength +
      this.#penalties.byteLength
    return this.#terms.size + this.#postings.size + this.#lengths.length * 5 + scratch
  }

  get parts(): WordIndexParts {
    const terms = this.#terms.parts
    return {
      lengths: this.#lengths.subarray(0, this.#count),
      terms,
      postings: this.#postings.parts(this.#terms.count),
    }
  }

  /** Makes an index of a file usable; its documents are missing until {@link putBack}. */
  async restore(slices: WorkSlices): Promise<void> {
    for (let term = 0; term < this.#terms.count; term++) {
      this.#terms.restore(term)
      if ((term & 1023) === 0 && slices.isOver) await slices.rest()
    }
  }

  /** Says that a document of a file is there. */
  putBack(document: number): void {
    this.#present[document] = 1
    this.#presentCount += 1
    this.#totalLength += this.#lengths[document] ?? 0
  }

  /** Counts words of a document that {@link finish} will add. */
  take(words: readonly string[]): void {
    this.#length += words.length
    for (const word of words) {
      const term = this.#terms.intern(word)
      this.#frequencies = grown(this.#frequencies, term + 1, integers32)
      const frequency = this.#frequencies[term] ?? 0
      this.#frequencies[term] = frequency + 1
      if (frequency > 0) continue
      this.#found = grown(this.#found, this.#foundCount + 1, integers32)
      this.#found[this.#foundCount++] = term
    }
  }

  /** Adds the document whose words were taken. @returns its number. */
  finish(): number {
    const document = this.#count
    for (let at = 0; at < this.#foundCount; at++) {
      const term = this.#found[at] ?? 0
      this.#postings.append(term, document, this.#frequencies[term] ?? 0)
      this.#frequencies[term] = 0
    }
    this.#lengths = grown(this.#lengths, document + 1, integers32)
    this.#present = grown(this.#present, document + 1, (length) => new Uint8Array(length))
    this.#lengths[document] = this.#length
    this.#count += 1
    this.putBack(document)
    this.#forget()
    return document
  }

  /** The document whose words were taken will not be added. */
  abandon(): void {
    if (this.#foundCount > 0) this.#hasUnusedTerms = true
    for (let at = 0; at < this.#foundCount; at++) this.#frequencies[this.#found[at] ?? 0] = 0
    this.#forget()
  }

  remove(document: number): void {
    if (this.#present[document] !== 1) return
    this.#present[document] = 0
    this.#presentCount -= 1
    this.#totalLength -= this.#lengths[document] ?? 0
  }

  /**
   * Scores every document that has one of the words, and lets `use` have them before the next query.
   * @param words each once.
   */
  async query<T>(
    words: readonly string[],
    slices: WorkSlices,
    use: (matches: Matches) => Promise<T>,
  ): Promise<T> {
    this.#scores = grown(this.#scores, this.#count, doubles)
    const scores = this.#scores
    const penalties = this.#lengthPenalties()
    let matched = integers32(0)
    let matchCount = 0
    try {
      for (const word of words) {
        const term = this.#terms.find(word)
        if (term === undefined) continue
        const { documents, frequencies, count } = this.#readPresent(term)
        matched = grown(matched, matchCount + count, integers32)
        const rarity = wordRarity(this.#presentCount, count)
        for (let at = 0; at < count; at++) {
          const document = documents[at] ?? 0
          const score = scores[document] ?? 0
          if (score === 0) matched[matchCount++] = document
          const frequency = frequencies[at] ?? 0
          // The same steps as in `wordWeight`, so that the result is the same to the bit.
          const weight = (frequency * (bm25.k1 + 1)) / (frequency + (penalties[document] ?? 0))
          scores[document] = score + rarity * weight
          if (at % postingsAtOnce === postingsAtOnce - 1 && slices.isOver) await slices.rest()
        }
        if (slices.isOver) await slices.rest()
      }
      return await use({ documents: matched.subarray(0, matchCount), scores })
    } finally {
      for (let at = 0; at < matchCount; at++) scores[matched[at] ?? 0] = 0
    }
  }

  /**
   * A copy that knows nothing of what was removed.
   * @param onMoved told the new number of every document that is there, in order.
   */
  async withoutRemoved(
    slices: WorkSlices,
    onMoved: (before: number, document: number) => void,
  ): Promise<WordIndex> {
    const copy = new WordIndex()
    const numbers = integers32(this.#count)
    for (let document = 0; document < this.#count; document++) {
      if (this.#present[document] !== 1) continue
      numbers[document] = copy.#adopt(this.#lengths[document] ?? 0)
      onMoved(document, numbers[document] ?? 0)
    }
    for (let term = 0; term < this.#terms.count; term++) {
      const { documents, frequencies, count } = this.#readPresent(term)
      if (count > 0) {
        const moved = copy.#terms.intern(this.#terms.term(term))
        for (let at = 0; at < count; at++) {
          copy.#postings.append(moved, numbers[documents[at] ?? 0] ?? 0, frequencies[at] ?? 0)
        }
      }
      if (slices.isOver) await slices.rest()
    }
    return copy
  }

  /** Adds a document whose postings are added apart. */
  #adopt(length: number): number {
    this.#length = length
    return this.finish()
  }

  #lengthPenalties(): Float64Array {
    const average = this.#totalLength / this.#presentCount
    if (average !== this.#penaltyAverage) this.#penaltyCount = 0
    this.#penaltyAverage = average
    this.#penalties = grown(this.#penalties, this.#count, doubles)
    for (; this.#penaltyCount < this.#count; this.#penaltyCount++) {
      this.#penalties[this.#penaltyCount] = lengthPenalty(this.#lengths[this.#penaltyCount] ?? 0, average)
    }
    return this.#penalties
  }

  /** The list of a term without what was removed. */
  #readPresent(term: number): Postings {
    const read = this.#read
    this.#postings.read(term, read)
    if (this.#presentCount === this.#count) return read
    const { documents, frequencies, count } = read
    let kept = 0
    for (let at = 0; at < count; at++) {
      const document = documents[at] ?? 0
      if (this.#present[document] !== 1) continue
      documents[kept] = document
      frequencies[kept] = frequencies[at] ?? 0
      kept += 1
    }
    read.count = kept
    return read
  }

  #forget(): void {
    this.#foundCount = 0
    this.#length = 0
  }
}
