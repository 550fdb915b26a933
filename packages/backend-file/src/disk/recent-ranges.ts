import type { Place } from './place.js'
import type { StoredFile } from './stored-file.js'

/** What an entry takes besides its bytes: it is small, and there are many. */
const entryBytes = 200

/**
 * Ranges of files that were read lately, up to a number of bytes; the one that was not asked for longest goes first. The
 * content of a range never changes as long as the file is open.
 */
export class RecentRanges {
  readonly #budget: number
  #bytes = 0
  readonly #ranges = new Map<string, Uint8Array>()
  readonly #numbers = new WeakMap<StoredFile, number>()
  #files = 0

  /** @param budget bytes that all ranges may take. */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** What is known of a place. Whoever gets it must not change it. */
  get({ file, offset, length }: Place): Uint8Array | undefined {
    const key = this.#key(file, offset)
    const range = this.#ranges.get(key)
    if (range?.length !== length) return undefined
    this.#ranges.delete(key)
    this.#ranges.set(key, range)
    return range
  }

  /** Keeps a copy of what was read. */
  add({ file, offset }: Place, content: Uint8Array): void {
    // One large range must not push out all others.
    if ((content.length + entryBytes) * 8 > this.#budget) return
    const key = this.#key(file, offset)
    if (this.#ranges.has(key)) return
    this.#ranges.set(key, Uint8Array.prototype.slice.call(content))
    this.#bytes += content.length + entryBytes
    for (const [oldest, range] of this.#ranges) {
      if (this.#bytes <= this.#budget) return
      this.#ranges.delete(oldest)
      this.#bytes -= range.length + entryBytes
    }
  }

  #key(file: StoredFile, offset: number): string {
    let number = this.#numbers.get(file)
    if (number === undefined) {
      number = this.#files++
      this.#numbers.set(file, number)
    }
    return `${number}:${offset}`
  }
}
