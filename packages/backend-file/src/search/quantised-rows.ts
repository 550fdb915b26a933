import { quantiseVector, type RowScale } from './quantise-vector.js'

/** Memory that threads share; a `WebAssembly.Memory` is one. Its buffer is another object after it has grown. */
export interface ScanMemory {
  readonly buffer: SharedArrayBuffer
}

/** Columns that a kernel takes at once. */
const columnGroup = 16
/** The scale and the error of a row, two float32 values in the byte order of the processor. */
const scaleBytes = 8

/** How many int8 values a row has: the columns, and zeros up to a whole group of 16. */
export function rowWidth(columns: number): number {
  return Math.ceil(columns / columnGroup) * columnGroup
}

/** Bytes from one row to the next: the values, then the scale and the error. A multiple of 8. */
export function rowStride(columns: number): number {
  return rowWidth(columns) + scaleBytes
}

/**
 * Rows of int8 values that stand one after the other from an address on. This is a view: whoever makes it keeps the
 * memory large enough and counts the rows.
 */
export class QuantisedRows {
  readonly memory: ScanMemory
  /** Address of row 0, a multiple of 8. */
  readonly address: number
  readonly columns: number
  #bytes: Int8Array
  #all: Uint8Array
  #floats: Float32Array

  constructor(memory: ScanMemory, address: number, columns: number) {
    if (address % 8 !== 0) throw new RangeError(`rows cannot start at ${address}, which is no multiple of 8`)
    if (columns < 1) throw new RangeError(`rows cannot have ${columns} columns`)
    this.memory = memory
    this.address = address
    this.columns = columns
    this.#bytes = new Int8Array(memory.buffer)
    this.#all = new Uint8Array(memory.buffer)
    this.#floats = new Float32Array(memory.buffer)
  }

  get width(): number {
    return rowWidth(this.columns)
  }

  /** Puts the int8 copy of a vector in the place of a row. @throws {RangeError} as `quantiseVector`. */
  write(row: number, vector: Float32Array): void {
    if (vector.length !== this.columns) {
      throw new RangeError(`a vector of ${vector.length} values is none of ${this.columns}`)
    }
    const at = this.addressOf(row)
    const values = this.#bytes.subarray(at, at + this.width)
    values.fill(0, this.columns)
    this.writeScale(row, quantiseVector(vector, values.subarray(0, this.columns)))
  }

  /** All bytes of a row: its values, scale and error. */
  bytes(row: number): Uint8Array {
    const at = this.addressOf(row)
    return new Uint8Array(this.memory.buffer, at, rowStride(this.columns))
  }

  /** Puts rows that stand one after the other in the places of as many from this one on. */
  setBytes(row: number, rows: Uint8Array): void {
    if (rows.length === 0) return
    const last = row + rows.length / rowStride(this.columns) - 1
    this.addressOf(last)
    if (this.#all.length !== this.#bytes.length) this.#all = new Uint8Array(this.memory.buffer)
    this.#all.set(rows, this.addressOf(row))
  }

  writeScale(row: number, { scale, error }: RowScale): void {
    const at = (this.addressOf(row) + this.width) / 4
    this.#floats[at] = scale
    this.#floats[at + 1] = error
  }

  scale(row: number): number {
    return this.#floats[(this.addressOf(row) + this.width) / 4] ?? 0
  }

  error(row: number): number {
    return this.#floats[(this.addressOf(row) + this.width) / 4 + 1] ?? 0
  }

  /** Of the first of its values. @throws {RangeError} for a row that does not lie in the memory. */
  addressOf(row: number): number {
    const stride = rowStride(this.columns)
    const at = this.address + row * stride
    if (at + stride > this.#bytes.length) this.#lookAgain()
    if (!(row >= 0 && at + stride <= this.#bytes.length))
      throw new RangeError(`row ${row} is outside of the memory`)
    return at
  }

  #lookAgain(): void {
    this.#bytes = new Int8Array(this.memory.buffer)
    this.#floats = new Float32Array(this.memory.buffer)
  }
}
