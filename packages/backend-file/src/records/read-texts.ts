import { MemoryError, type RecordText } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { decodeJsonText } from '../json/json-text.js'
import type { RecordTable } from './record-table.js'

/** Bytes read at once; a longer text is read alone. */
const maxRead = 1 << 20

/** A record's text and its row. */
export interface RowText {
  readonly row: number
  readonly text: RecordText
}

/**
 * Reads the texts of some rows, in the given order, in bounded memory: records that are neighbors in the file come
 * with one read.
 * @param rows ascending.
 */
export async function* readTexts(
  file: StoredFile,
  table: RecordTable,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<RowText[]> {
  for (let next = 0; next < rows.length; ) {
    signal?.throwIfAborted()
    const first = rows[next] ?? 0
    const start = table.range(first).offset
    const group = [first]
    let end = start + table.range(first).length
    for (next += 1; next < rows.length; next++) {
      const row = rows[next] ?? 0
      const { offset, length } = table.range(row)
      // Only true neighbors: the text of another owner's record in between is not read.
      if (row !== (group.at(-1) ?? 0) + 1 || offset + length - start > maxRead) break
      group.push(row)
      end = offset + length
    }
    const bytes = new Uint8Array(end - start)
    await file.readInto(bytes, start)
    yield group.map((row) => {
      const { offset, length } = table.range(row)
      const text = decodeJsonText(bytes.subarray(offset - start, offset - start + length))
      if (text === undefined) {
        throw new MemoryError('CORRUPT', `${file.path}: element ${row} at byte ${offset} is not UTF-8`)
      }
      return { row, text }
    })
  }
}
