import { MemoryError } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { maxNpyHeader, parseNpyHeader } from '../npy/npy-header.js'

/** A matrix of vectors. `cut off`: it ends before the last of the rows that its head promises. */
export type MatrixSurvey =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly error: MemoryError }
  | {
      readonly state: 'whole' | 'cut off'
      /** Whole rows that are there. */
      readonly rows: number
      /** Rows that the head promises. */
      readonly declared: number
      readonly columns: number
      /** Bytes before the first row. */
      readonly dataOffset: number
    }

/** Reads the head of a matrix. */
export async function surveyMatrix(file: StoredFile | undefined): Promise<MatrixSurvey> {
  if (file === undefined) return { state: 'missing' }
  try {
    const start = new Uint8Array(Math.min(file.size, maxNpyHeader))
    await file.readInto(start, 0)
    const { rows: declared, columns, dataOffset } = parseNpyHeader(start, file.path)
    const width = columns * 4
    const present = width === 0 ? declared : Math.floor(Math.max(0, file.size - dataOffset) / width)
    const rows = Math.min(declared, present)
    return { state: rows < declared ? 'cut off' : 'whole', rows, declared, columns, dataOffset }
  } catch (error) {
    if (error instanceof MemoryError) return { state: 'damaged', error }
    throw error
  }
}
