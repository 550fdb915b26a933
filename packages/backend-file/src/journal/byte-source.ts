/** Bytes of known length that can be read anywhere, such as a stored file. */
export interface ByteSource {
  readonly size: number
  /** Fills `into` from `position` on; rejects when there are fewer bytes. */
  readInto(into: Uint8Array, position: number): Promise<void>
}

const windowSize = 1 << 20

/**
 * Reads a source mostly forward, a mebibyte at a time. It holds one window, or one range that was asked for if that is
 * larger.
 */
export class WindowReader {
  readonly #source: ByteSource
  #buffer = new Uint8Array(0)
  #start = 0
  #end = 0

  constructor(source: ByteSource) {
    this.#source = source
  }

  get size(): number {
    return this.#source.size
  }

  /** The bytes of a range, cut where the source ends. Only valid until the next call. */
  async view(position: number, length: number): Promise<Uint8Array> {
    const end = Math.min(position + length, this.size)
    if (position < this.#start || end > this.#end) await this.#load(position, end)
    return this.#buffer.subarray(position - this.#start, Math.max(end, position) - this.#start)
  }

  async #load(position: number, end: number): Promise<void> {
    const windowEnd = Math.min(Math.max(end, position + windowSize), this.size)
    const length = Math.max(0, windowEnd - position)
    // A large range does not stay in memory longer than it is needed.
    if (this.#buffer.length < length || this.#buffer.length > Math.max(length, windowSize)) {
      this.#buffer = new Uint8Array(length)
    }
    this.#end = this.#start = position
    await this.#source.readInto(this.#buffer.subarray(0, length), position)
    this.#end = position + length
  }
}
