import { arrayHeaderBytes, writeArrayHeader } from './binary-array.js'

const lengthBytes = 4
const oid = 17
const firstBytes = 1 << 12

/** A `bytea[]` that is written byte by byte, as {@link byteaArray} would make it of values that are there already. */
export class ByteaArrayWriter {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #used = arrayHeaderBytes
  #count = 0
  #hasNull = false

  addNull(): void {
    this.#reserve(lengthBytes)
    this.#used = this.#bytes.writeInt32BE(-1, this.#used)
    this.#count += 1
    this.#hasNull = true
  }

  /** @param write puts at most `most` bytes at the offset and returns the offset behind them. */
  add(most: number, write: (bytes: Buffer, offset: number) => number): void {
    this.#reserve(lengthBytes + most)
    const start = this.#used + lengthBytes
    const end = write(this.#bytes, start)
    this.#bytes.writeInt32BE(end - start, this.#used)
    this.#used = end
    this.#count += 1
  }

  /** The array of what was added so far, until something more is added. */
  array(): Buffer {
    return writeArrayHeader(this.#bytes, oid, this.#count, this.#hasNull, this.#used)
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#used + bytes))
    this.#bytes.copy(larger, 0, 0, this.#used)
    this.#bytes = larger
  }
}
