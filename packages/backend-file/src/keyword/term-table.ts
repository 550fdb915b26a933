import { grown, integers32, units16 } from '../records/growing-arrays.js'

/** What a table is made of, for a file. */
export interface TermTableParts {
  /** Chosen anew for each table, so that nobody can foresee which words share a slot. */
  readonly seed: number
  /** UTF-16 units of all terms, one after the other. */
  readonly units: Uint16Array
  /** For each term where it ends in `units`. */
  readonly ends: Uint32Array
  readonly hashes: Uint32Array
}

/** Tables that the slots are spread over: each is made larger on its own, so that no insert takes long. */
const shardBits = 5

/**
 * Numbers terms 0, 1, 2 … in a few flat arrays: a map of strings takes several times the memory, and keeps alive the
 * texts that its keys were cut from.
 */
export class TermTable {
  readonly #seed: number
  #units: Uint16Array
  #unitCount: number
  #ends: Uint32Array
  #hashes: Uint32Array
  #count: number
  /** By shard: open addressing, term + 1, 0 is free. */
  readonly #slots: Uint32Array[] = []
  readonly #filled: number[] = []

  constructor(parts?: TermTableParts) {
    this.#seed = parts?.seed ?? Math.floor(Math.random() * 2 ** 32)
    this.#units = parts?.units ?? units16(0)
    this.#ends = parts?.ends ?? integers32(0)
    this.#hashes = parts?.hashes ?? integers32(0)
    this.#count = this.#ends.length
    this.#unitCount = this.#units.length
  }

  get count(): number {
    return this.#count
  }

  /** Bytes in memory. */
  get size(): number {
    let slots = 0
    for (const shard of this.#slots) slots += shard?.byteLength ?? 0
    return this.#units.byteLength + this.#ends.byteLength + this.#hashes.byteLength + slots
  }

  get parts(): TermTableParts {
    return {
      seed: this.#seed,
      units: this.#units.subarray(0, this.#unitCount),
      ends: this.#ends.subarray(0, this.#count),
      hashes: this.#hashes.subarray(0, this.#count),
    }
  }

  find(word: string): number | undefined {
    const hash = this.#hash(word)
    const slots = this.#slots[hash >>> (32 - shardBits)]
    if (slots === undefined) return undefined
    const term = (slots[this.#slotOf(slots, hash, word)] ?? 0) - 1
    return term < 0 ? undefined : term
  }

  /** The number of a term, a new one if it was not there. */
  intern(word: string): number {
    const hash = this.#hash(word)
    const shard = hash >>> (32 - shardBits)
    const slots = this.#slots[shard]
    if (slots !== undefined) {
      const term = (slots[this.#slotOf(slots, hash, word)] ?? 0) - 1
      if (term >= 0) return term
    }
    return this.#add(word, hash)
  }

  /** The term with a number. */
  term(term: number): string {
    const units = this.#units.subarray(term === 0 ? 0 : this.#ends[term - 1], this.#ends[term])
    return String.fromCharCode(...units)
  }

  /** Makes a term of a file findable; to be called once for each, in order. */
  restore(term: number): void {
    this.#place(this.#hashes[term] ?? 0, term)
  }

  #add(word: string, hash: number): number {
    const term = this.#count
    const end = this.#unitCount + word.length
    this.#units = grown(this.#units, end, units16)
    for (let at = 0; at < word.length; at++) this.#units[this.#unitCount + at] = word.charCodeAt(at)
    this.#unitCount = end
    this.#ends = grown(this.#ends, term + 1, integers32)
    this.#hashes = grown(this.#hashes, term + 1, integers32)
    this.#ends[term] = end
    this.#hashes[term] = hash
    this.#count += 1
    this.#place(hash, term)
    return term
  }

  #place(hash: number, term: number): void {
    const shard = hash >>> (32 - shardBits)
    const filled = (this.#filled[shard] ?? 0) + 1
    let slots = this.#slots[shard] ?? integers32(16)
    if (filled * 4 > slots.length * 3) {
      const before = slots
      slots = integers32(before.length * 2)
      for (const entry of before) if (entry > 0) put(slots, this.#hashes[entry - 1] ?? 0, entry)
    }
    put(slots, hash, term + 1)
    this.#slots[shard] = slots
    this.#filled[shard] = filled
  }

  /** The slot that holds a word, or the free one where it would go. */
  #slotOf(slots: Uint32Array, hash: number, word: string): number {
    const mask = slots.length - 1
    let at = hash & mask
    for (let entry = slots[at] ?? 0; entry > 0; entry = slots[at] ?? 0) {
      if (this.#hashes[entry - 1] === hash && this.#isTerm(entry - 1, word)) return at
      at = (at + 1) & mask
    }
    return at
  }

  #isTerm(term: number, word: string): boolean {
    const start = term === 0 ? 0 : (this.#ends[term - 1] ?? 0)
    if ((this.#ends[term] ?? 0) - start !== word.length) return false
    for (let at = 0; at < word.length; at++) {
      if (this.#units[start + at] !== word.charCodeAt(at)) return false
    }
    return true
  }

  /** FNV-1a over UTF-16 units, with the finish of MurmurHash3 (both public domain). */
  #hash(word: string): number {
    let hash = this.#seed
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }
}

function put(slots: Uint32Array, hash: number, entry: number): void {
  const mask = slots.length - 1
  let at = hash & mask
  while ((slots[at] ?? 0) > 0) at = (at + 1) & mask
  slots[at] = entry
}
