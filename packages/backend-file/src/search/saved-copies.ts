import { crc32 } from 'node:zlib'
import type { Logger, RecordKind } from '@holdfast/core'
import { type CacheSource, fileVersion, isSettled, isSource } from '../cache/cache-source.js'
import { removeCacheFile, writeCacheFile } from '../cache/write-cache-file.js'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import type { StoredFile } from '../disk/stored-file.js'
import { privatePaths } from '../layout/store-paths.js'
import type { Rows } from '../records/row-list.js'
import { WorkSlices } from '../records/work-slices.js'
import { rowStride } from './quantised-rows.js'
import { type CopyTaker, matrixRow, SavedCopiesReader } from './read-saved-copies.js'
import { copiesPerBlock, formatCopiesHead, readCopiesHead } from './saved-copies-format.js'

/** A matrix of vectors that is published. */
export interface PublishedMatrix {
  readonly file: StoredFile
  /** Of the whole file; `null` when nobody has read it. */
  readonly crc32: number | null
  /** See `FileFacts`. */
  readonly version: string
  readonly modified: string
  readonly changed: string
  readonly mode: number
}

export interface SavedCopiesOptions {
  readonly files: FileSystem
  readonly dataDir: string
  readonly kind: RecordKind
  readonly logger: Logger
  /** The matrix at this moment. */
  readonly published: () => PublishedMatrix | undefined
}

/** Copies that are to be saved: of vectors in the published matrix, in its order, each once. */
export interface CopiesToSave {
  /** Which they are of. */
  readonly matrix: StoredFile
  /** Where each vector begins in the matrix. */
  readonly offsets: Float64Array
  /** Valid until all are saved. */
  readonly copy: (at: number) => Uint8Array
}

/**
 * Hands over the copies of these rows that are worth reading.
 * @returns the rows that are left.
 * @throws the signal's reason.
 */
export type ReadSaved = (rows: Rows, taker: CopyTaker, signal: AbortSignal | undefined) => Promise<Rows>

const names = { nodes: 'nodes.copies', episodes: 'episodes.copies' } as const
/** Blocks that are read at once: about a mebibyte of usual vectors. */
const blocksAtOnce = 16

/**
 * Copies of a published matrix's vectors on disk, so that they need not be made again when the store is opened. They are
 * derived and never trusted: what is missing, damaged, or belongs to another matrix is as if it were not there.
 */
export class SavedCopies {
  readonly #options: SavedCopiesOptions
  readonly #name: string

  constructor(options: SavedCopiesOptions) {
    this.#options = options
    this.#name = names[options.kind]
  }

  /**
   * Hands `use` what reads the copies that there are, `undefined` when there are none.
   */
  async use<T>(columns: number, use: (read: ReadSaved | undefined) => Promise<T>): Promise<T> {
    const reader = await this.#reader(columns)
    try {
      return await use(reader && ((rows, taker, signal) => this.#read(reader, rows, taker, signal)))
    } finally {
      await reader?.close()
    }
  }

  async #reader(columns: number): Promise<SavedCopiesReader | undefined> {
    const matrix = this.#options.published()
    if (matrix === undefined) return undefined
    let file: StoredFile | undefined
    try {
      file = await this.#open()
      const table = file && (await readCopiesHead(file, columns, (source) => isOf(source, matrix)))
      if (file !== undefined && table !== undefined) {
        return new SavedCopiesReader({ file, table, matrix: matrix.file })
      }
    } catch (error) {
      this.#leaveOut(error)
    }
    await file?.release().catch(() => {})
    return undefined
  }

  async #read(reader: SavedCopiesReader, ...of: Parameters<ReadSaved>): Promise<Rows> {
    const [rows, , signal] = of
    try {
      return await reader.read(...of)
    } catch (error) {
      signal?.throwIfAborted()
      this.#leaveOut(error)
      return rows
    }
  }

  #leaveOut(error: unknown): void {
    this.#options.logger.debug(`${this.#name} cannot be used, and is left out: ${String(error)}`)
  }

  /** Puts these in the place of what was saved, if that is possible. */
  async save(columns: number, copies: CopiesToSave): Promise<void> {
    const { files, dataDir, logger, published } = this.#options
    const matrix = published()
    if (matrix === undefined || copies.offsets.length === 0) return this.remove()
    // Another one has been published meanwhile, of which others are about to be saved.
    if (matrix.file !== copies.matrix) return
    try {
      const present = new Uint8Array(Math.ceil(matrixRows(matrix, columns) / 8))
      const slices = new WorkSlices(undefined)
      for (let at = 0; at < copies.offsets.length; at++) {
        if ((at & 1023) === 1023 && slices.isOver) await slices.rest()
        const row = matrixRow(copies.offsets[at] ?? 0, columns)
        present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7))
      }
      const checksums = await checksumsOf(copies, rowStride(columns))
      const head = formatCopiesHead(sourceOf(matrix), { columns, present, checksums })
      const pieces = (function* () {
        yield head
        for (const block of blocksOf(copies, rowStride(columns))) yield block
      })()
      await writeCacheFile(files, dataDir, { name: this.#name, mode: matrix.mode, pieces })
    } catch (error) {
      logger.debug(`${this.#name} cannot be written, and is left out: ${String(error)}`)
    }
  }

  /** To be called when another matrix has been published: they are of no use, and copies of what may be gone. */
  async remove(): Promise<void> {
    const { files, dataDir, logger } = this.#options
    try {
      await removeCacheFile(files, dataDir, this.#name)
    } catch (error) {
      logger.warn(`${this.#name} cannot be removed: ${String(error)}`)
    }
  }

  /** Removes what a process that ended too early has left there of another matrix, or has not written to the end. */
  async removeOld(columns: number | undefined): Promise<void> {
    const matrix = this.#options.published()
    let file: StoredFile | undefined
    try {
      file = await this.#open()
      if (file !== undefined && matrix !== undefined && columns !== undefined) {
        if (await readCopiesHead(file, columns, (source) => isOf(source, matrix))) return
      }
    } catch (error) {
      this.#options.logger.debug(`${this.#name} cannot be used, and is removed: ${String(error)}`)
    } finally {
      await file?.release().catch(() => {})
    }
    await this.remove()
  }

  #open(): Promise<StoredFile | undefined> {
    const { files, dataDir } = this.#options
    const path = `${privatePaths.cache}/${this.#name}`
    return openStored(files, `${dataDir}/${path}`, path)
  }
}

async function checksumsOf(copies: CopiesToSave, stride: number): Promise<Uint32Array> {
  const checksums = new Uint32Array(Math.ceil(copies.offsets.length / copiesPerBlock))
  let number = 0
  for (const block of blocksOf(copies, stride)) {
    if (number % blocksAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    checksums[number++] = crc32(block)
  }
  return checksums
}

/** Block by block, each valid until the next: one by one, short copies would be too many to be written in one turn. */
function* blocksOf({ offsets, copy }: CopiesToSave, stride: number): Generator<Uint8Array> {
  // Of a copy of its own: the memory is shared between threads.
  const block = Buffer.allocUnsafe(copiesPerBlock * stride)
  for (let first = 0; first < offsets.length; first += copiesPerBlock) {
    const count = Math.min(copiesPerBlock, offsets.length - first)
    for (let at = 0; at < count; at++) block.set(copy(first + at), at * stride)
    yield block.subarray(0, count * stride)
  }
}

/** Whether the copies were made of this matrix. */
function isOf(source: CacheSource, matrix: PublishedMatrix): boolean {
  return isSource(source, matrix, { size: matrix.file.size, crc32: matrix.crc32 })
}

function sourceOf(matrix: PublishedMatrix): CacheSource {
  const { file, crc32, modified } = matrix
  return { size: file.size, crc32, version: fileVersion(matrix), isSettled: isSettled(modified, Date.now()) }
}

function matrixRows({ file }: PublishedMatrix, columns: number): number {
  return Math.ceil(file.size / (columns * 4))
}
