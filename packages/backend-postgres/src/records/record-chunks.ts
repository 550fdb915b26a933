import { type EpisodicMemory, type MemoryNode, type Owner, ownerKey } from '@holdfast/core'
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
/**
 * Of a COPY of each table: the next ones are made while the server takes these, so it must have some to do. A slow
 * network must carry those of one within the time for a statement.
 */
export const copyBytes: ChunkBytes = { first: 2_000_000, other: 2_000_000 }
/** What is encoded and sent at once. */
export const copyPartBytes: ChunkBytes = { first: 250_000, other: 1_000_000 }
const chunkRows = 2000

/** The records by the key of their owner, in the order in which the owners come first. */
export function byOwner<T extends { readonly owner: Owner }>(
  records: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const record of records) {
    const key = ownerKey(record.owner)
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  return groups
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
