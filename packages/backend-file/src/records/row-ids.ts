import { grown, integers32 } from './growing-arrays.js'
import { bytesOfPacked, maxPackedBytes, packText, unpackText } from './packed-text.js'

/** Ids one after the other, as `packText` writes them. */
export interface PackedIds {
  /** Packed size of each. */
  readonly sizes: Uint32Array
  readonly bytes: Uint8Array
}

/** Bytes that may be out of use before the rest is moved together. */
const maxWaste = 1 << 16

/**
 * The ids of rows, as bytes: a string each would cost more memory, and more time to load, than all else that is known
 * of a record.
 */
export class RowIds {
  #bytes: Buffer = Buffer.alloc(0)
  #used = 0
  /** Bytes that rows in use have; a row that shares those of another counts too. */
  #live = 0
  #starts: Uint32Array = new Uint32Array(0)
  #sizes: Uint32Array = new Uint32Array(0)
  #rows = 0

  /** The rows 0, 1, 2 … with these ids. Takes the arrays over. */
  static of({ sizes, bytes }: PackedIds): RowIds {
    const ids = new RowIds()
    ids.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    ids.#sizes = sizes
    ids.#rows = sizes.length
    ids.#starts = new Uint32Array(sizes.length)
    for (let row = 0; row < sizes.length; row++) {
      ids.#starts[row] = ids.#used
      ids.#used += bytesOfPacked(sizes[row] ?? 0)
    }
    ids.#live = ids.#used
    return ids
  }

  get(row: number): string {
    return unpackText(this.#bytes, this.#starts[row] ?? 0, this.#sizes[row] ?? 0)
  }

  set(row: number, id: string): void {
    this.#makeRoom(row, maxPackedBytes(id))
    const size = packText(id, this.#bytes, this.#used)
    this.#starts[row] = this.#used
    this.#sizes[row] = size
    this.#used += bytesOfPacked(size)
    this.#live += bytesOfPacked(size)
  }

  /** Gives a row the id of another one. */
  share(row: number, other: number): void {
    this.#makeRoom(row, 0)
    this.#starts[row] = this.#starts[other] ?? 0
    this.#sizes[row] = this.#sizes[other] ?? 0
    this.#live += bytesOfPacked(this.#sizes[row] ?? 0)
  }

  /** Takes the ids of rows that are out of use. */
  drop(rows: Iterable<number>): void {
    for (const row of rows) {
      this.#live -= bytesOfPacked(this.#sizes[row] ?? 0)
      this.#sizes[row] = 0
    }
    if (this.#used > 2 * this.#live + maxWaste) this.#moveTogether()
  }

  /** Where the ids stand: see {@link start} and {@link size}. Only valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  start(row: number): number {
    return this.#starts[row] ?? 0
  }

  /** Packed size. */
  size(row: number): number {
    return this.#sizes[row] ?? 0
  }

  /** The ids of these rows. */
  gather(rows: ArrayLike<number>): PackedIds {
    const sizes = new Uint32Array(rows.length)
    let total = 0
    for (let index = 0; index < rows.length; index++) {
      const size = this.#sizes[rows[index] ?? 0] ?? 0
      sizes[index] = size
      total += bytesOfPacked(size)
    }
    const bytes = new Uint8Array(total)
    for (let index = 0, at = 0; index < rows.length; index++) {
      const start = this.#starts[rows[index] ?? 0] ?? 0
      const end = start + bytesOfPacked(sizes[index] ?? 0)
      // Ids are short: a call for each costs more than its bytes.
      for (let from = start; from < end; from++) bytes[at++] = this.#bytes[from] ?? 0
    }
    return { sizes, bytes }
  }

  #moveTogether(): void {
    const rows = new Uint32Array(this.#rows).map((_, row) => row)
    const { bytes } = this.gather(rows)
    this.#bytes = Buffer.from(bytes.buffer)
    this.#used = this.#live = bytes.length
    for (let row = 0, at = 0; row < this.#rows; row++) {
      this.#starts[row] = at
      at += bytesOfPacked(this.#sizes[row] ?? 0)
    }
  }

  #makeRoom(row: number, bytes: number): void {
    this.#rows = Math.max(this.#rows, row + 1)
    this.#sizes = grown(this.#sizes, row + 1, integers32)
    this.#starts = grown(this.#starts, row + 1, integers32)
    if (this.#used + bytes <= this.#bytes.length) return
    if (this.#used + bytes > 0xffff_ffff) throw new RangeError('the ids have more than 4 GiB')
    const larger = Buffer.alloc(Math.max(256, this.#used + bytes + (this.#used >> 1)))
    larger.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = larger
  }
}
