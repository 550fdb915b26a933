import { type EpisodicMemory, type MemoryNode, ownerKey } from '@holdfast/core'
import type { PlacedRecord } from './record-columns.js'

type AnyRecord = MemoryNode | EpisodicMemory
type Placed<T> = readonly PlacedRecord<T>[]

/**
 * Bytes of texts and vectors one statement carries, about; more only when a single record is larger. The server needs
 * the least time for a row while all that it unpacks of a statement fits its caches and `work_mem`: with 180 rows of
 * 1,024 dimensions a tenth less than with 1,000. The next chunk is encoded meanwhile, so small ones also leave less
 * time in which only one side works.
 */
const chunkBytes = 1_000_000
const chunkRows = 2000

/** The records by owner, in the order in which the owners come first. */
export function byOwner<T extends AnyRecord>(records: Placed<T>): Iterable<Placed<T>> {
  const groups = new Map<string, PlacedRecord<T>[]>()
  for (const record of records) {
    const key = ownerKey(record.owner)
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  return groups.values()
}

/** The records in parts for one statement each. */
export function* chunks<T extends AnyRecord>(records: Placed<T>): Generator<Placed<T>> {
  let start = 0
  let bytes = 0
  for (const [index, { text, embedding }] of records.entries()) {
    const size = text.length + (embedding?.byteLength ?? 0)
    if (index > start && (bytes + size > chunkBytes || index - start === chunkRows)) {
      yield records.slice(start, index)
      start = index
      bytes = 0
    }
    bytes += size
  }
  if (start < records.length) yield records.slice(start)
}
