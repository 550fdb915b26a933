import { MemoryError } from '@holdfast/core'
import type { Place } from '../disk/place.js'
import type { StoredFile } from '../disk/stored-file.js'
import { maxNpyHeader, type NpyHeader, parseNpyHeader } from './npy-header.js'

/** A matrix of vectors on disk. */
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

  /** Where the vector of a row lies. */
  place(row: number): Place {
    const length = this.columns * 4
    return { file: this.file, offset: this.#dataOffset + row * length, length }
  }

  /** Whether any row holds something else than zeros. */
  async hasVector(): Promise<boolean> {
    const { offset } = this.place(0)
    for await (const chunk of this.file.chunks(offset, this.place(this.rows).offset)) {
      if (chunk.some((byte) => byte !== 0)) return true
    }
    return false
  }
}
