import type { StoredFile } from '../disk/stored-file.js'
import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'
import type { WorkSlices } from '../records/work-slices.js'
import { ScopeDocuments } from './scope-documents.js'

/** A map that becomes larger does so at one go, which takes long for a large one. */
const shards = 64

/**
 * Finds the rows that the documents of a stored index stand for, by where their texts begin in the published file.
 * @param offsets by document; -1 for one that is not in the file.
 */
export async function placeDocuments(
  index: RecordIndex,
  rows: Rows,
  offsets: Float64Array,
  file: StoredFile,
  slices: WorkSlices,
): Promise<ScopeDocuments> {
  const byOffset = Array.from({ length: shards }, () => new Map<number, number>())
  for (let document = 0; document < offsets.length; document++) {
    const offset = offsets[document] ?? -1
    if (offset >= 0) byOffset[offset % shards]?.set(offset, document)
    if ((document & 1023) === 1023 && slices.isOver) await slices.rest()
  }
  const documents = new ScopeDocuments(index)
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0
    const place = index.text(row)
    const document = place.file === file ? byOffset[place.offset % shards]?.get(place.offset) : undefined
    if (document !== undefined) documents.append(document, row)
    if ((at & 1023) === 1023 && slices.isOver) await slices.rest()
  }
  if (documents.count === rows.length) documents.complete(rows)
  return documents
}
