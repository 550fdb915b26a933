import { maxWordLength } from '@holdfast/core'
import { asciiWordHash, wordHash } from './word-columns.js'
import { type KeySecret, processSecret, wordKey } from './word-key.js'

/** Texts of ASCII up to this many characters are taken as a whole, as core does. */
const longestAscii = 1 << 15

/** A UTF-16 unit in UTF-8, at most. */
const unitBytes = 3

/** By ASCII code: what stands in a word for it, or 0 for what stands between words. */
const inWord = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code).toLowerCase()
  return /[a-z0-9]/.test(letter) ? letter.charCodeAt(0) : 0
})

/**
 * The different words of a node and how often each stands there, numbered in the order in which they come first. One
 * serves node after node: its words lie in one buffer, and nothing is made for each.
 */
export class WordCounter {
  readonly #secret: KeySecret
  #bytes = Buffer.allocUnsafeSlow(1 << 12)
  #used = 0
  #total = 0
  #count = 0
  /** By number. */
  #keys = new Uint32Array(256)
  #hashes = new Uint32Array(256)
  #starts = new Uint32Array(256)
  #lengths = new Uint32Array(256)
  #frequencies = new Uint32Array(256)
  /** A hash table of those numbers plus 1, at most half full; zeros between two nodes. */
  #slots = new Uint32Array(512)

  constructor(secret: KeySecret = processSecret) {
    this.#secret = secret
  }

  /** Words, each as often as it stands there. */
  get total(): number {
    return this.#total
  }

  /** Different words. */
  get count(): number {
    return this.#count
  }

  hash(number: number): number {
    return this.#hashes[number] ?? 0
  }

  frequency(number: number): number {
    return this.#frequencies[number] ?? 0
  }

  /** Bytes of a word in UTF-8. */
  length(number: number): number {
    return this.#lengths[number] ?? 0
  }

  /** Writes a word in UTF-8. @returns the offset behind it. */
  write(number: number, bytes: Buffer, offset: number): number {
    const start = this.#starts[number] ?? 0
    const end = start + this.length(number)
    let at = offset
    // A call into what copies bytes takes longer than a word does here.
    for (let from = start; from < end; from++) bytes[at++] = this.#bytes[from] ?? 0
    return at
  }

  /** Begins with another node. */
  clear(): void {
    for (let number = 0; number < this.#count; number++) this.#slots[this.#slotOf(number)] = 0
    this.#count = 0
    this.#total = 0
    this.#used = 0
  }

  /**
   * Counts the words of a text in ASCII, as core's `wordsOf` gives them.
   * @returns `false`, and counts nothing, when the text is of another kind, or too long.
   */
  addAscii(text: string): boolean {
    if (text.length > longestAscii || Buffer.byteLength(text) !== text.length) return false
    this.#reserve(text.length + 1)
    const bytes = this.#bytes
    let start = this.#used
    const end = start + bytes.write(text, start, 'latin1')
    // Ends the last word.
    bytes[end] = 0x20
    for (let at = start; at <= end; at++) {
      const letter = inWord[bytes[at] ?? 0] ?? 0
      if (letter > 0) bytes[at] = letter
      else {
        if (at > start) this.#enter(start, Math.min(at - start, maxWordLength))
        start = at + 1
      }
    }
    this.#used = end
    return true
  }

  /** Counts a word as core gives it. */
  add(word: string): void {
    this.#reserve(word.length * unitBytes)
    const start = this.#used
    const length = this.#bytes.write(word, start, 'utf8')
    this.#used += length
    this.#enter(start, length, length === word.length ? undefined : word)
  }

  /** @param unicode the word, when it is not in ASCII. */
  #enter(start: number, length: number, unicode?: string): void {
    const bytes = this.#bytes
    const key = wordKey(bytes, start, start + length, this.#secret)
    this.#total += 1
    const mask = this.#slots.length - 1
    let slot = key & mask
    for (let entry = this.#slots[slot] ?? 0; entry > 0; entry = this.#slots[slot] ?? 0) {
      if (this.#keys[entry - 1] === key && this.#isWord(entry - 1, start, length)) {
        this.#frequencies[entry - 1] = (this.#frequencies[entry - 1] ?? 0) + 1
        return
      }
      slot = (slot + 1) & mask
    }
    const number = this.#count
    this.#count += 1
    this.#keys[number] = key
    this.#hashes[number] =
      unicode === undefined ? asciiWordHash(bytes, start, start + length) : wordHash(unicode)
    this.#starts[number] = start
    this.#lengths[number] = length
    this.#frequencies[number] = 1
    this.#slots[slot] = number + 1
    if (this.#count === this.#hashes.length) this.#grow()
  }

  #isWord(number: number, start: number, length: number): boolean {
    if (this.#lengths[number] !== length) return false
    const known = this.#starts[number] ?? 0
    for (let at = 0; at < length; at++) if (this.#bytes[known + at] !== this.#bytes[start + at]) return false
    return true
  }

  #slotOf(number: number): number {
    const mask = this.#slots.length - 1
    let slot = (this.#keys[number] ?? 0) & mask
    while (this.#slots[slot] !== number + 1) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    this.#keys = larger(this.#keys)
    this.#hashes = larger(this.#hashes)
    this.#starts = larger(this.#starts)
    this.#lengths = larger(this.#lengths)
    this.#frequencies = larger(this.#frequencies)
    this.#slots = new Uint32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    for (let number = 0; number < this.#count; number++) {
      let slot = (this.#keys[number] ?? 0) & mask
      while ((this.#slots[slot] ?? 0) > 0) slot = (slot + 1) & mask
      this.#slots[slot] = number + 1
    }
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return
    const more = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#used + bytes))
    this.#bytes.copy(more, 0, 0, this.#used)
    this.#bytes = more
  }
}

function larger(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2)
  copy.set(array)
  return copy
}
