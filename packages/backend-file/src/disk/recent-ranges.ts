import type { Place } from './place.js'
import type { StoredFile } from './stored-file.js'

/** What an entry takes besides its bytes: it is small, and there are many. */
const entryBytes = 200
/** However much memory a store may use, more of what was read lately than this is not worth its pages. */
const mostBytes = 1 << 26

/** A range of a file, and where its content lies in the ring. */
interface Entry {
  readonly known: Map<number, Entry>
  readonly offset: number
  readonly start: number
  readonly length: number
  /** What all ranges that were ever written took, with this one. */
  readonly taken: number
  /** The one that was added after it. */
  next: Entry | undefined
}

/**
 * Ranges of files that were read lately, up to a number of bytes. The content of a range never changes as long as the
 * file is open.
 *
 * All content lies in one ring of bytes, where the newest overwrites the oldest, and a range that is asked for while it
 * is among the older half is written once more. With an array for each range, the engine would count them as a hundred
 * kilobytes of garbage a search, and stop the process for a full collection every few hundred searches.
 */
export class RecentRanges {
  #budget: number
  /** Made with the first range. Its pages take no memory before they are written. */
  #ring: Uint8Array | undefined
  #end = 0
  #taken = 0
  #bytes = 0
  #oldest: Entry | undefined
  #newest: Entry | undefined
  readonly #files = new WeakMap<StoredFile, Map<number, Entry>>()

  /** @param budget bytes that all ranges may take; nothing is kept where the process has no memory for them. */
  constructor(budget: number) {
    this.#budget = Math.floor(Math.min(budget, mostBytes))
  }

  /** Copies what is known of a place, if anything is. @param into of its length. @returns whether it did. */
  copy({ file, offset, length }: Place, into: Uint8Array): boolean {
    const ring = this.#ring
    const entry = this.#files.get(file)?.get(offset)
    if (ring === undefined || entry?.length !== length) return false
    into.set(ring.subarray(entry.start, entry.start + length))
    // Not by its distance in the ring: short ranges are given up long before that is a round.
    if (2 * (this.#taken - entry.taken) > this.#budget) {
      entry.known.delete(offset)
      this.#write(ring, entry.known, offset, into)
    }
    return true
  }

  /** Keeps a copy of what was read. */
  add({ file, offset }: Place, content: Uint8Array): void {
    // One large range must not push out all others.
    if ((content.length + entryBytes) * 8 > this.#budget) return
    let known = this.#files.get(file)
    if (known === undefined) {
      known = new Map()
      this.#files.set(file, known)
    }
    if (known.has(offset)) return
    this.#ring ??= this.#makeRing()
    if (this.#ring !== undefined) this.#write(this.#ring, known, offset, content)
  }

  #makeRing(): Uint8Array | undefined {
    try {
      return new Uint8Array(this.#budget)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#budget = 0
      return undefined
    }
  }

  #write(ring: Uint8Array, known: Map<number, Entry>, offset: number, content: Uint8Array): void {
    const { length } = content
    // Nothing lies across the end: what is left of the ring there is passed over.
    const start = this.#end + length <= ring.length ? this.#end : 0
    if (start < this.#end) this.#forgetFrom(this.#end, ring.length)
    this.#forgetFrom(start, start + length)
    ring.set(content, start)
    this.#end = start + length
    this.#taken += length + entryBytes
    const entry: Entry = { known, offset, start, length, taken: this.#taken, next: undefined }
    known.set(offset, entry)
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.next = entry
    this.#newest = entry
    this.#bytes += length + entryBytes
    while (this.#bytes > this.#budget && this.#oldest !== undefined) this.#forgetOldest(this.#oldest)
  }

  /** Gives up the oldest ranges as long as they begin here: they lie in the order in which they were written. */
  #forgetFrom(start: number, end: number): void {
    for (let oldest = this.#oldest; oldest !== undefined; oldest = this.#oldest) {
      if (oldest.start < start || oldest.start >= end) return
      this.#forgetOldest(oldest)
    }
  }

  #forgetOldest(oldest: Entry): void {
    const { known, offset, length, next } = oldest
    if (known.get(offset) === oldest) known.delete(offset)
    this.#bytes -= length + entryBytes
    this.#oldest = next
    if (next === undefined) this.#newest = undefined
  }
}
