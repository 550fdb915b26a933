import { MemoryError } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { maxNpyHeader, type NpyHeader, parseNpyHeader } from './npy-header.js'

/** Rows that were read together: `data` holds `rows.length` vectors, one after the other, in the order of `rows`. */
export interface VectorBlock {
  readonly rows: readonly number[]
  /** Only valid until the next block is asked for. */
  readonly data: Float32Array
}

/** Bytes of vectors in memory at once, times two. */
const blockBytes = 1 << 20
/** Separate ranges that are read at the same time. */
const maxReads = 32

/** A matrix of vectors on disk. Rows are read when they are needed, and only those. */
export class VectorFile {
  readonly file: StoredFile
  readonly rows: number
  readonly columns: number
  readonly #dataOffset: number

  constructor(file: StoredFile, header: NpyHeader) {
    this.file = file
    this.rows = header.rows
    this.columns = header.columns
    this.#dataOffset = header.dataOffset
  }

  /** @throws {MemoryError} `CORRUPT` when it is not the matrix we expect or shorter than its header says. */
  static async read(file: StoredFile): Promise<VectorFile> {
    const start = new Uint8Array(Math.min(file.size, maxNpyHeader))
    await file.readInto(start, 0)
    const header = parseNpyHeader(start, file.path)
    const end = header.dataOffset + header.rows * header.columns * 4
    if (file.size < end) {
      throw new MemoryError(
        'CORRUPT',
        `${file.path} is cut off at byte ${file.size}: ${header.rows} rows of ${header.columns} values end at ${end}`,
      )
    }
    return new VectorFile(file, header)
  }

  /** Where a row begins in the file. */
  offset(row: number): number {
    return this.#dataOffset + row * this.columns * 4
  }

  /**
   * The vectors of some rows, block by block.
   * @param rows ascending.
   */
  async *read(rows: readonly number[], signal: AbortSignal | undefined): AsyncGenerator<VectorBlock> {
    const rowsPerBlock = Math.max(1, Math.floor(blockBytes / (this.columns * 4)))
    const buffers = [new Float32Array(0), new Float32Array(0)]
    const start = (at: number, turn: number) => {
      const wanted = rows.slice(at, at + rowsPerBlock)
      const values = wanted.length * this.columns
      let buffer = buffers[turn % 2]
      if (buffer === undefined || buffer.length < values) {
        buffer = new Float32Array(values)
        buffers[turn % 2] = buffer
      }
      const data = buffer.subarray(0, values)
      const reading = this.#fill(data, wanted)
      // Whoever stops listening early must not turn a read error into an unhandled rejection.
      reading.catch(() => {})
      return { block: { rows: wanted, data }, reading }
    }
    let at = 0
    let turn = 0
    let next = rows.length > 0 ? start(at, turn) : undefined
    try {
      while (next !== undefined) {
        signal?.throwIfAborted()
        const { block, reading } = next
        await reading
        at += block.rows.length
        turn += 1
        // The next block is read while the caller computes with this one.
        next = at < rows.length ? start(at, turn) : undefined
        yield block
      }
    } finally {
      // Nobody may close the file under a read that is still going on.
      await next?.reading.catch(() => {})
    }
  }

  /** One vector. `undefined` when it is all zeros, which stands for none. */
  vectorOf(block: VectorBlock, index: number): Float32Array | undefined {
    const vector = block.data.subarray(index * this.columns, (index + 1) * this.columns)
    let isZero = true
    for (const [column, value] of vector.entries()) {
      if (!Number.isFinite(value)) throw this.notFinite(block.rows[index] ?? 0, column, value)
      if (value !== 0) isZero = false
    }
    return isZero ? undefined : vector.slice()
  }

  /** The error for a row that holds something that is no number. */
  notFinite(row: number, column: number, value: number): MemoryError {
    const at = this.offset(row) + column * 4
    return new MemoryError('CORRUPT', `${this.file.path}: row ${row} holds ${value} at byte ${at}`)
  }

  async #fill(data: Float32Array, rows: readonly number[]): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const width = this.columns * 4
    let reads: Promise<void>[] = []
    for (let from = 0; from < rows.length; ) {
      let to = from + 1
      while (to < rows.length && rows[to] === (rows[from] ?? 0) + (to - from)) to++
      reads.push(this.file.readInto(bytes.subarray(from * width, to * width), this.offset(rows[from] ?? 0)))
      from = to
      if (reads.length < maxReads && from < rows.length) continue
      const done = reads
      reads = []
      await allSettledOrThrow(done)
    }
  }
}

/** Waits for all reads even when one fails, since they write into a buffer that is used again. */
async function allSettledOrThrow(reads: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(reads)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
