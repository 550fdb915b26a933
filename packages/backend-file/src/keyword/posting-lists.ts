import { bytes8, grown, integers32, units16 } from '../records/growing-arrays.js'
import type { Postings } from './postings.js'

/** What lists are made of, for a file. All but `pages` have one entry a term. */
export interface PostingParts {
  readonly heads: Uint32Array
  readonly blocks: Uint32Array
  readonly used: Uint16Array
  readonly levels: Uint8Array
  readonly last: Uint32Array
  readonly counts: Uint32Array
  readonly pages: readonly Uint8Array[]
}

const pageBits = 18
const pageMask = (1 << pageBits) - 1
const firstPageSize = 1 << 10
/** Bytes of a block: 8, 16, 32 … */
const maxLevel = 9
/** Address of the next block, and the own level. */
const blockHead = 5

/**
 * For each term the documents that have it, ascending, and how often: a chain of blocks that double in size, in pages
 * that are never copied. A posting is the distance from the document before, times two, plus one when the term stands
 * there once, else followed by how often; both in 7 bits a byte. No posting begins with 0, which fills a block's end.
 */
export class PostingLists {
  #heads: Uint32Array
  /** The block that is being filled. */
  #blocks: Uint32Array
  /** Bytes filled of that one. */
  #used: Uint16Array
  #levels: Uint8Array
  /** The last document, plus one. */
  #last: Uint32Array
  #counts: Uint32Array
  readonly #pages: Uint8Array[]
  /** Bytes taken of the last page. */
  #taken: number

  constructor(parts?: PostingParts) {
    this.#heads = parts?.heads ?? integers32(0)
    this.#blocks = parts?.blocks ?? integers32(0)
    this.#used = parts?.used ?? units16(0)
    this.#levels = parts?.levels ?? bytes8(0)
    this.#last = parts?.last ?? integers32(0)
    this.#counts = parts?.counts ?? integers32(0)
    this.#pages = [...(parts?.pages ?? [])]
    // What is left of a page from a file is unknown, so it counts as full.
    this.#taken = this.#pages.at(-1)?.length ?? 0
  }

  /** Bytes in memory. */
  get size(): number {
    let pages = 0
    for (const page of this.#pages) pages += page.length
    return pages + this.#heads.length * 19
  }

  /** @param terms how many there are; those without a list are given too. */
  parts(terms: number): PostingParts {
    this.#makeRoom(terms)
    return {
      heads: this.#heads.subarray(0, terms),
      blocks: this.#blocks.subarray(0, terms),
      used: this.#used.subarray(0, terms),
      levels: this.#levels.subarray(0, terms),
      last: this.#last.subarray(0, terms),
      counts: this.#counts.subarray(0, terms),
      pages: this.#pages,
    }
  }

  /** How many documents a term's list has. */
  count(term: number): number {
    return this.#counts[term] ?? 0
  }

  /** Adds a document behind all others of a term. */
  append(term: number, document: number, frequency: number): void {
    this.#makeRoom(term + 1)
    const isFirst = this.#counts[term] === 0
    const code = (document + 1 - (isFirst ? 0 : (this.#last[term] ?? 0))) * 2 + (frequency === 1 ? 1 : 0)
    const length = lengthOf(code) + (frequency === 1 ? 0 : lengthOf(frequency))
    let used = this.#used[term] ?? 0
    if (isFirst || used + length > 8 << (this.#levels[term] ?? 0)) {
      this.#chain(term, isFirst, length)
      used = blockHead
    }
    const block = this.#blocks[term] ?? 0
    const page = this.#page(block)
    let at = write(page, (block & pageMask) + used, code)
    if (frequency !== 1) at = write(page, at, frequency)
    this.#used[term] = at - (block & pageMask)
    this.#last[term] = document + 1
    this.#counts[term] = (this.#counts[term] ?? 0) + 1
  }

  /** Reads the list of a term, whatever has become of its documents. */
  read(term: number, into: Postings): void {
    const count = this.#counts[term] ?? 0
    into.reserve(count)
    const { documents, frequencies } = into
    let found = 0
    let document = -1
    for (let block = this.#heads[term] ?? 0; found < count; ) {
      const page = this.#page(block)
      const start = block & pageMask
      const end =
        start + (block === this.#blocks[term] ? (this.#used[term] ?? 0) : 8 << (page[start + 4] ?? 0))
      for (let at = start + blockHead; at < end; ) {
        let byte = page[at] ?? 0
        if (byte === 0) break
        at += 1
        let code = byte & 0x7f
        for (let shift = 7; byte > 0x7f; shift += 7) {
          byte = page[at++] ?? 0
          code |= (byte & 0x7f) << shift
        }
        document += code >>> 1
        let frequency = 1
        if ((code & 1) === 0) {
          byte = page[at++] ?? 0
          frequency = byte & 0x7f
          for (let shift = 7; byte > 0x7f; shift += 7) {
            byte = page[at++] ?? 0
            frequency |= (byte & 0x7f) << shift
          }
        }
        documents[found] = document
        frequencies[found] = frequency
        found += 1
      }
      if (block === this.#blocks[term]) break
      block = readAddress(page, start)
    }
    into.count = found
  }

  /** Begins a block that has room for a posting. */
  #chain(term: number, isFirst: boolean, length: number): void {
    let level = isFirst ? 0 : Math.min(maxLevel, (this.#levels[term] ?? 0) + 1)
    while (blockHead + length > 8 << level) level += 1
    const block = this.#take(8 << level)
    this.#page(block)[(block & pageMask) + 4] = level
    if (isFirst) this.#heads[term] = block
    else {
      const before = this.#blocks[term] ?? 0
      writeAddress(this.#page(before), before & pageMask, block)
    }
    this.#blocks[term] = block
    this.#levels[term] = level
  }

  /** The address of so many zero bytes. */
  #take(size: number): number {
    let page = this.#pages.at(-1)
    if (page === undefined || this.#taken + size > page.length) {
      const wanted = page === undefined ? firstPageSize : Math.min(pageMask + 1, page.length * 2)
      page = bytes8(Math.max(wanted, size))
      if (this.#pages.length === 1 << (32 - pageBits)) throw new RangeError('too many words in one scope')
      this.#pages.push(page)
      this.#taken = 0
    }
    const address = (this.#pages.length - 1) * (pageMask + 1) + this.#taken
    this.#taken += size
    return address
  }

  #page(address: number): Uint8Array {
    const page = this.#pages[address >>> pageBits]
    if (page === undefined) throw new RangeError(`there is no page for ${address}`)
    return page
  }

  #makeRoom(terms: number): void {
    if (terms <= this.#heads.length) return
    this.#heads = grown(this.#heads, terms, integers32)
    this.#blocks = grown(this.#blocks, terms, integers32)
    this.#used = grown(this.#used, terms, units16)
    this.#levels = grown(this.#levels, terms, bytes8)
    this.#last = grown(this.#last, terms, integers32)
    this.#counts = grown(this.#counts, terms, integers32)
  }
}

function lengthOf(value: number): number {
  let length = 1
  for (let left = value; left > 0x7f; left >>>= 7) length += 1
  return length
}

function write(page: Uint8Array, at: number, value: number): number {
  let left = value
  let next = at
  for (; left > 0x7f; left >>>= 7) page[next++] = (left & 0x7f) | 0x80
  page[next++] = left
  return next
}

function writeAddress(page: Uint8Array, at: number, address: number): void {
  for (let byte = 0; byte < 4; byte++) page[at + byte] = address >>> (byte * 8)
}

function readAddress(page: Uint8Array, at: number): number {
  return (
    ((page[at] ?? 0) |
      ((page[at + 1] ?? 0) << 8) |
      ((page[at + 2] ?? 0) << 16) |
      ((page[at + 3] ?? 0) << 24)) >>>
    0
  )
}
