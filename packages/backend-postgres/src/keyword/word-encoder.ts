import { type MemoryNode, searchedTexts, wordBatches } from '@holdfast/core'
import {
  behindWord,
  columnAt,
  longDigits,
  longFrequency,
  separator,
  wordColumns,
  wordHash,
} from './word-columns.js'

/** The words of a node as they are stored. */
export interface EncodedWords {
  /** Words of the node, each as often as it stands there. */
  readonly length: number
  /** By column; null where the node has no word that belongs there. */
  readonly columns: readonly (Uint8Array | null)[]
}

/** Bytes that are asked for at once: few for a single node, more and more for a batch. */
const slabBytes = { first: 1 << 12, most: 1 << 18 } as const

/** Bytes of an entry beside its word, at most; and of a UTF-16 unit in UTF-8. */
const entryBytes = 3 + longDigits
const unitBytes = 3

/**
 * Makes of nodes what the columns hold. One is made for a batch, since its arrays serve node after node: inserts wait
 * for this, and a Map and a Buffer for every word would take three times as long.
 */
export class WordEncoder {
  /** Of the node at hand, by number of a different word. */
  readonly #words: string[] = []
  #hashes = new Uint32Array(256)
  #frequencies = new Uint32Array(256)
  /** A hash table of those numbers plus 1, at most half full; zeros between two nodes. */
  #slots = new Uint32Array(512)
  /** By column the number of a word in it plus 1, and by number that of the next in the same column. */
  readonly #heads = new Uint32Array(wordColumns.length)
  #next = new Uint32Array(256)
  #slab = Buffer.allocUnsafeSlow(slabBytes.first)
  #used = 0

  encode(node: Pick<MemoryNode, 'humanContent' | 'assistantContent'>): EncodedWords {
    let length = 0
    for (const text of searchedTexts(node)) {
      for (const words of wordBatches(text)) {
        length += words.length
        for (const word of words) this.#count(word)
      }
    }
    const columns = this.#write()
    for (let number = 0; number < this.#words.length; number++) this.#slots[this.#slotOf(number)] = 0
    this.#words.length = 0
    return { length, columns }
  }

  #count(word: string): void {
    const hash = wordHash(word)
    const mask = this.#slots.length - 1
    let slot = (hash >>> 4) & mask
    for (let entry = this.#slots[slot] ?? 0; entry > 0; entry = this.#slots[slot] ?? 0) {
      if (this.#hashes[entry - 1] === hash && this.#words[entry - 1] === word) {
        this.#frequencies[entry - 1] = (this.#frequencies[entry - 1] ?? 0) + 1
        return
      }
      slot = (slot + 1) & mask
    }
    const number = this.#words.length
    this.#words.push(word)
    this.#hashes[number] = hash
    this.#frequencies[number] = 1
    this.#slots[slot] = number + 1
    if (number + 1 === this.#hashes.length) this.#grow()
  }

  #grow(): void {
    const larger = (array: Uint32Array) => {
      const copy = new Uint32Array(array.length * 2)
      copy.set(array)
      return copy
    }
    this.#hashes = larger(this.#hashes)
    this.#frequencies = larger(this.#frequencies)
    this.#next = new Uint32Array(this.#hashes.length)
    this.#slots = new Uint32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    for (let number = 0; number < this.#words.length; number++) {
      let slot = ((this.#hashes[number] ?? 0) >>> 4) & mask
      while ((this.#slots[slot] ?? 0) > 0) slot = (slot + 1) & mask
      this.#slots[slot] = number + 1
    }
  }

  #slotOf(number: number): number {
    const mask = this.#slots.length - 1
    let slot = ((this.#hashes[number] ?? 0) >>> 4) & mask
    while (this.#slots[slot] !== number + 1) slot = (slot + 1) & mask
    return slot
  }

  #write(): readonly (Uint8Array | null)[] {
    let needed = 0
    this.#heads.fill(0)
    for (let number = 0; number < this.#words.length; number++) {
      needed += (this.#words[number]?.length ?? 0) * unitBytes + entryBytes
      const column = columnAt(this.#hashes[number] ?? 0)
      this.#next[number] = this.#heads[column] ?? 0
      this.#heads[column] = number + 1
    }
    if (this.#used + needed > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(Math.min(this.#slab.length * 4, slabBytes.most), needed))
      this.#used = 0
    }
    const columns: (Uint8Array | null)[] = []
    for (const head of this.#heads) {
      const start = this.#used
      for (let entry = head; entry > 0; entry = this.#next[entry - 1] ?? 0) {
        this.#writeEntry(this.#words[entry - 1] ?? '', this.#frequencies[entry - 1] ?? 0)
      }
      columns.push(head === 0 ? null : this.#slab.subarray(start, this.#used))
    }
    return columns
  }

  #writeEntry(word: string, frequency: number): void {
    const slab = this.#slab
    slab[this.#used++] = separator
    this.#used += writeWord(slab, this.#used, word)
    slab[this.#used++] = behindWord
    if (frequency < longFrequency) {
      slab[this.#used++] = frequency
      return
    }
    slab[this.#used++] = longFrequency
    this.#used += slab.write(String(frequency).padStart(longDigits, '0'), this.#used, 'latin1')
  }
}

/** A call into the encoder of UTF-8 takes longer than a word of ASCII does here. */
function writeWord(bytes: Buffer, start: number, word: string): number {
  for (let at = 0; at < word.length; at++) {
    const unit = word.charCodeAt(at)
    if (unit > 0x7f) return bytes.write(word, start, 'utf8')
    bytes[start + at] = unit
  }
  return word.length
}
