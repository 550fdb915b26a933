import type { Piece } from '../disk/pieces.js'
import { encodeJsonText } from '../json/json-text.js'
import type { RecordTable } from '../records/record-table.js'
import { RecordTableBuilder } from '../records/record-table-builder.js'
import type { CollectionChange } from './collection-change.js'
import type { RowContent } from './row-content.js'

/** How a new file of records is put together, and the index of it. */
export interface TextPlan {
  readonly pieces: readonly Piece[]
  readonly table: RecordTable
}

/**
 * The file as `json.dump(indent=2)` of the whole list writes it. Untouched records, and what stands between them, are
 * copied as raw bytes.
 */
export function planTexts(change: CollectionChange): TextPlan {
  const { table, texts } = change.base
  const derived = new Set(table.derivedRows)
  const builder = new RecordTableBuilder()
  const pieces: Piece[] = []
  let position = 0
  let copiedTo = 0
  const emit = (bytes: Uint8Array) => {
    pieces.push(bytes)
    position += bytes.length
  }
  const copyUpTo = (end: number) => {
    if (texts === undefined || end <= copiedTo) return
    pieces.push({ from: texts, offset: copiedTo, length: end - copiedTo })
    position += end - copiedTo
    copiedTo = end
  }
  const put = (record: RowContent) => {
    const bytes = encodeJsonText(record.text)
    const entry = { ...record, offset: position, length: bytes.length }
    builder.add({ ...entry, derived: record.ownerFromNodes !== undefined })
    emit(bytes)
  }
  for (let row = 0; row < table.count; row++) {
    const { offset, length } = table.range(row)
    const record = change.replaced.get(row)
    if (record === undefined) {
      builder.add({
        id: table.id(row),
        owner: table.owner(row),
        clusterId: table.clusterId(row),
        offset: position + offset - copiedTo,
        length,
        derived: derived.has(row),
      })
    } else {
      copyUpTo(offset)
      put(record)
      copiedTo = offset + length
    }
  }
  const last = table.count - 1
  if (last < 0) emit(Buffer.from('['))
  else copyUpTo(table.range(last).offset + table.range(last).length)
  for (const record of change.added) {
    emit(Buffer.from(builder.count === 0 ? '\n  ' : ',\n  '))
    put(record)
  }
  emit(Buffer.from(change.count === 0 ? ']' : '\n]'))
  return { pieces, table: builder.build() }
}
