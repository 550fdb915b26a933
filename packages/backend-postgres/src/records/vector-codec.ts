import { endianness } from 'node:os'
import { sizedArray } from './binary-array.js'

/**
 * pgvector's binary form: int16 dimensions, int16 0, then float32 values, all big-endian.
 * Source: `vector_recv` and `vector_send` in pgvector's src/vector.c.
 */
const headerBytes = 4

/** Sums of squares that pgvector, which adds in float32, neither overflows nor rounds to nothing. */
const safeSquares = { min: 1e-20, max: 1e30 } as const

/** A vector as it is stored. */
export interface StoredVector {
  /** What pgvector computes with. */
  readonly embedding: Float32Array
  /** The true bits, when `embedding` had to be scaled. */
  readonly raw: Buffer | null
}

export function encodeVector(vector: Float32Array): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + vector.byteLength)
  writeVector(buffer, 0, vector)
  return buffer
}

/** A parameter of type `vector[]`. @param vectors all of the same dimensions. */
export function vectorArray(vectorOid: number, vectors: readonly Float32Array[]): Buffer {
  return sizedArray(vectorOid, headerBytes + (vectors[0]?.byteLength ?? 0), vectors, writeVector)
}

function writeVector(buffer: Buffer, offset: number, vector: Float32Array): void {
  buffer.writeUInt16BE(vector.length, offset)
  buffer.writeUInt16BE(0, offset + 2)
  const start = offset + headerBytes
  buffer.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), start)
  toOrFromBigEndian(buffer.subarray(start, start + vector.byteLength))
}

/** Reads what `encode(vector_send(…), 'hex')` gave. */
export function decodeVectorHex(hex: string): Float32Array {
  const values = Buffer.from(hex, 'hex').subarray(headerBytes)
  const vector = new Float32Array(values.length / 4)
  const bytes = Buffer.from(vector.buffer)
  bytes.set(values)
  toOrFromBigEndian(bytes)
  return vector
}

/** Swapping whole buffers is many times faster than reading or writing value by value. */
function toOrFromBigEndian(values: Buffer): void {
  if (endianness() === 'LE') values.swap32()
}

/**
 * Vectors whose squares do not fit float32 are scaled to unit length, which changes no cosine, and keep their true
 * bits beside it.
 */
export function storedVector(vector: Float32Array): StoredVector {
  const squares = sumOfSquares(vector)
  if (squares >= safeSquares.min && squares <= safeSquares.max) return { embedding: vector, raw: null }
  return { embedding: unitVector(vector), raw: encodeVector(vector) }
}

/** The same direction, length 1. The vector is not all zeros. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = Math.sqrt(sumOfSquares(vector))
  return vector.map((component) => component / length)
}

/**
 * Cosine similarities with one query in float64, clamped to [-1, 1]. A search compares dozens of vectors: all are read
 * through one buffer, since making one for each costs more than the comparison.
 */
export class QueryCosine {
  readonly #query: Float32Array
  readonly #length: number
  readonly #bytes: Buffer
  readonly #values: Float32Array

  /** @param query not all zeros. */
  constructor(query: Float32Array) {
    this.#query = query
    this.#length = Math.sqrt(sumOfSquares(query))
    this.#values = new Float32Array(query.length + headerBytes / 4)
    this.#bytes = Buffer.from(this.#values.buffer)
  }

  /** @param hex as {@link decodeVectorHex} takes it, of a vector that is not all zeros. */
  ofHex(hex: string): number {
    this.#bytes.write(hex, 'hex')
    toOrFromBigEndian(this.#bytes)
    let dot = 0
    let squares = 0
    for (let index = 0; index < this.#query.length; index++) {
      const value = this.#values[index + headerBytes / 4] ?? 0
      dot += value * (this.#query[index] ?? 0)
      squares += value ** 2
    }
    return Math.min(1, Math.max(-1, dot / (this.#length * Math.sqrt(squares))))
  }
}

function sumOfSquares(vector: Float32Array): number {
  let sum = 0
  for (let index = 0; index < vector.length; index++) sum += (vector[index] ?? 0) ** 2
  return sum
}
