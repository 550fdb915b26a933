import { type MemoryNode, searchedTexts, wordBatches } from '@holdfast/core'
import { int4Array } from '../records/binary-array.js'
import { ByteaArrayWriter } from '../records/bytea-array.js'
import { behindWord, columnAt, longDigits, longFrequency, separator, wordColumns } from './word-columns.js'
import { WordCounter } from './word-counter.js'

/** Bytes of an entry beside its word, at most. */
const entryBytes = 3 + longDigits

/**
 * Makes of nodes what their columns hold. One is made for a chunk: inserts wait for this, and a string, a Map entry and
 * a Buffer for every word would take several times as long.
 */
export class WordEncoder {
  readonly #counter = new WordCounter()
  readonly #totals: number[] = []
  readonly #columns = wordColumns.map(() => new ByteaArrayWriter())
  /** By column the number of a word in it plus 1, and the most bytes that its words take. */
  readonly #heads = new Uint32Array(wordColumns.length)
  readonly #sizes = new Uint32Array(wordColumns.length)
  /** By number of a word that of the next in the same column plus 1. */
  #next = new Uint32Array(256)
  #head = 0

  /** Takes the next node. @returns `true`. */
  add(node: Pick<MemoryNode, 'humanContent' | 'assistantContent'>): true {
    const counter = this.#counter
    counter.clear()
    for (const text of searchedTexts(node)) {
      if (counter.addAscii(text)) continue
      for (const words of wordBatches(text)) for (const word of words) counter.add(word)
    }
    this.#totals.push(counter.total)
    this.#write()
    return true
  }

  /**
   * Arrays with an element for each node: how many words it has, each as often as it stands there, as `integer[]`; then
   * for each column a `bytea[]` with NULL where the node has no word that belongs there.
   */
  arrays(): readonly Buffer[] {
    return [int4Array(this.#totals), ...this.#columns.map((column) => column.array())]
  }

  #write(): void {
    const counter = this.#counter
    if (this.#next.length < counter.count) this.#next = new Uint32Array(counter.count * 2)
    this.#heads.fill(0)
    this.#sizes.fill(0)
    for (let number = 0; number < counter.count; number++) {
      const column = columnAt(counter.hash(number))
      this.#next[number] = this.#heads[column] ?? 0
      this.#heads[column] = number + 1
      this.#sizes[column] = (this.#sizes[column] ?? 0) + counter.length(number) + entryBytes
    }
    // An iterator and a function for each node and column would be most of what the garbage collector has to do.
    for (let at = 0; at < this.#columns.length; at++) {
      this.#head = this.#heads[at] ?? 0
      if (this.#head === 0) this.#columns[at]?.addNull()
      else this.#columns[at]?.add(this.#sizes[at] ?? 0, this.#writeEntries)
    }
  }

  /** Those of {@link #head} and behind it. */
  readonly #writeEntries = (bytes: Buffer, offset: number): number => {
    let at = offset
    for (let entry = this.#head; entry > 0; entry = this.#next[entry - 1] ?? 0) {
      bytes[at++] = separator
      at = this.#counter.write(entry - 1, bytes, at)
      bytes[at++] = behindWord
      const frequency = this.#counter.frequency(entry - 1)
      bytes[at++] = Math.min(frequency, longFrequency)
      if (frequency < longFrequency) continue
      at += bytes.write(String(frequency).padStart(longDigits, '0'), at, 'latin1')
    }
    return at
  }
}
