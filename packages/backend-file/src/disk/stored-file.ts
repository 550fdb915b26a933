import { MemoryError } from '@holdfast/core'
import { onDisk } from './disk-failure.js'
import type { OpenFile } from './file-system.js'

/** Most bytes of {@link StoredFile.chunks}, unless told otherwise. */
export const defaultChunkSize = 1 << 20

/**
 * An open file of the store that several may share: the last one to let go closes it. What was read from it once never
 * changes: data files are replaced as a whole, journals only grow.
 */
export class StoredFile {
  /** Where it lies in the data directory, for messages. */
  readonly path: string
  readonly size: number
  readonly #file: OpenFile
  #holders = 1

  constructor(path: string, size: number, file: OpenFile) {
    this.path = path
    this.size = size
    this.#file = file
  }

  hold(): this {
    // Its descriptor may be another file's by now.
    if (this.#holders === 0) throw new TypeError(`${this.path} is closed`)
    this.#holders += 1
    return this
  }

  async release(): Promise<void> {
    this.#holders -= 1
    if (this.#holders === 0) await this.#file.close()
  }

  /**
   * Fills `into` from `position` on.
   * @throws {MemoryError} `CORRUPT` when the file ends before that; `CONNECTION` when it cannot be read.
   */
  async readInto(into: Uint8Array, position: number): Promise<void> {
    const done = await this.readUpTo(into, position)
    if (done === into.length) return
    throw new MemoryError(
      'CORRUPT',
      `${this.path} ends at byte ${position + done}, expected ${into.length - done} more bytes`,
    )
  }

  /**
   * As {@link readInto}, and keeps the file open meanwhile although everybody else may let go of it.
   */
  async readHeld(into: Uint8Array, position: number): Promise<void> {
    this.hold()
    try {
      await this.readInto(into, position)
    } finally {
      await this.release()
    }
  }

  /** Fills `into` as far as the file goes, and says how far that was. */
  async readUpTo(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      // Its descriptor may be another file's by now, and what stands there would pass for ours.
      if (this.#holders === 0) throw new TypeError(`${this.path} is closed`)
      const part = done === 0 ? into : into.subarray(done)
      const count = await onDisk(`${this.path} cannot be read`, () => this.#file.read(part, position + done))
      if (count === 0) break
      done += count
    }
    return done
  }

  /** The whole content. For files that are small by nature. */
  async readAll(): Promise<Uint8Array> {
    const content = new Uint8Array(this.size)
    await this.readInto(content, 0)
    return content
  }

  /**
   * The content in order. A chunk is only valid until the next one is asked for.
   * @param buffers of the size of a chunk, which the chunks are read into in turn.
   */
  async *chunks(
    from = 0,
    to = this.size,
    buffers: readonly [Uint8Array, Uint8Array] = [
      new Uint8Array(Math.min(defaultChunkSize, to - from)),
      new Uint8Array(Math.min(defaultChunkSize, to - from)),
    ],
  ): AsyncGenerator<Uint8Array> {
    const start = (position: number, turn: number) => {
      const chunk = buffers[turn % 2 === 0 ? 0 : 1].subarray(0, to - position)
      const reading = this.readInto(chunk, position)
      // Whoever stops listening early must not turn a read error into an unhandled rejection.
      reading.catch(() => {})
      return { chunk, reading }
    }
    let turn = 0
    let next = from < to ? start(from, turn) : undefined
    try {
      for (let position = from; next !== undefined; ) {
        const { chunk, reading } = next
        await reading
        position += chunk.length
        turn += 1
        // The next chunk is read while the caller works on this one.
        next = position < to ? start(position, turn) : undefined
        yield chunk
      }
    } finally {
      // Nobody may close the file under a read that is still going on.
      await next?.reading.catch(() => {})
    }
  }
}
