import { MemoryError, type RecordKind } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { JsonArraySplitter } from '../json/json-array-splitter.js'
import { loadRecords } from '../records/load-records.js'

/**
 * A file of records. `cut off`: it ends within the list, as when the process that wrote it was killed. `damaged`:
 * anything else that is wrong with it.
 */
export type TextsSurvey =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly error: MemoryError }
  | {
      readonly state: 'whole' | 'cut off'
      /** Where each whole record ends in the file. */
      readonly ends: readonly number[]
    }

/** Where a record ends in the layout that Python's `json.dump(indent=2)` writes; no string can hold a line break. */
const recordEnd = Buffer.from('\n  }')

/** Reads a file of records. What comes before a cut is whole, each record of it. */
export async function surveyTexts(file: StoredFile | undefined, kind: RecordKind): Promise<TextsSurvey> {
  if (file === undefined) return { state: 'missing' }
  const ends: number[] = []
  try {
    await loadRecords(file, kind, ({ offset, length }) => ends.push(offset + length))
    return { state: 'whole', ends }
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    const isCut = error.code === 'CORRUPT' && (await isCutOff(file, ends.length))
    if (isCut && !(await holdsRecordEnd(file, ends.at(-1) ?? 0))) return { state: 'cut off', ends }
    return { state: 'damaged', error }
  }
}

async function isCutOff(file: StoredFile, whole: number): Promise<boolean> {
  const splitter = new JsonArraySplitter(file.path)
  let count = 0
  try {
    for await (const chunk of file.chunks()) for (const _ of splitter.push(chunk)) count += 1
  } catch (error) {
    if (error instanceof MemoryError && error.code === 'CORRUPT') return false
    throw error
  }
  try {
    splitter.end()
    return false
  } catch {
    return count === whole
  }
}

/** A quotation mark that was damaged in the middle makes all the rest look like one record that has no end. */
async function holdsRecordEnd(file: StoredFile, from: number): Promise<boolean> {
  let carried = Buffer.alloc(0)
  for await (const chunk of file.chunks(from)) {
    const bytes = Buffer.concat([carried, chunk])
    if (bytes.includes(recordEnd)) return true
    carried = Buffer.from(bytes.subarray(Math.max(0, bytes.length - recordEnd.length + 1)))
  }
  return false
}
