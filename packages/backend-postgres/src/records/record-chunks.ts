import { type EpisodicMemory, type MemoryNode, ownerKey } from '@holdfast/core'
import type { PlacedRecord } from './record-columns.js'

type AnyRecord = MemoryNode | EpisodicMemory
interface ChunkBytes {
  readonly first: number
  readonly other: number
}

type Placed<T> = readonly PlacedRecord<T>[]

/**
 * Bytes of texts and vectors one statement carries, about; more only when a single record is larger. Every statement
 * costs the server some hundred microseconds, and with some megabytes the time for a row grows again. The first one is
 * small, since the server waits for it; while it stores a chunk, the next one is encoded.
 */
const statementBytes: ChunkBytes = { first: 300_000, other: 1_200_000 }
/** COPY takes rows one by one, and each one costs two round trips. */
export const copyBytes: ChunkBytes = { first: 1_000_000, other: 2_000_000 }
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
export function* chunks<T extends AnyRecord>(
  records: Placed<T>,
  chunkBytes: ChunkBytes = statementBytes,
): Generator<Placed<T>> {
  let start = 0
  let bytes = 0
  let most = chunkBytes.first
  for (const [index, { text, embedding }] of records.entries()) {
    const size = text.length + (embedding?.byteLength ?? 0)
    if (index > start && (bytes + size > most || index - start === chunkRows)) {
      yield records.slice(start, index)
      start = index
      most = chunkBytes.other
      bytes = 0
    }
    bytes += size
  }
  if (start < records.length) yield records.slice(start)
}
