import {
  type InsertResult,
  MemoryError,
  type NewEpisode,
  type NewNode,
  type OnConflict,
  type Owner,
  ownerKey,
  type RecordText,
} from '@holdfast/core'

// #region record
/** A record as this backend keeps it: what it was given, and its place in the order. */
export interface StoredRecord {
  /** Grows with every insert and never changes, so that a scan can go on after it. */
  readonly position: number
  readonly owner: Owner
  readonly id: string
  readonly text: RecordText
  readonly embedding: Float32Array | undefined
  readonly clusterId: number | null
}

export type IncomingRecord = Omit<StoredRecord, 'position'>

/** What is to be stored of a checked record. */
export function incoming({ owner, text, embedding, record }: NewNode | NewEpisode): IncomingRecord {
  const clusterId = 'clusterId' in record ? record.clusterId : null
  return { owner, text, embedding, id: record.id, clusterId }
}
// #endregion

/** Records in insertion order. A write makes a new list, so a reader never sees half of it. */
export class RecordTable {
  records: readonly StoredRecord[] = []
  lastPosition = 0

  // #region insert
  insert(incoming: readonly IncomingRecord[], onConflict: OnConflict): InsertResult {
    const counts = { inserted: 0, replaced: 0, ignored: 0 }
    const next = [...this.records]
    const places = new Map(next.map((record, place) => [this.keyOf(record), place]))
    let position = this.lastPosition
    for (const record of incoming) {
      const place = places.get(this.keyOf(record)) ?? next.length
      const old = next[place]
      if (old === undefined) {
        position += 1
        places.set(this.keyOf(record), place)
        next.push({ ...record, position })
        counts.inserted += 1
      } else if (onConflict === 'replace') {
        next[place] = { ...record, position: old.position }
        counts.replaced += 1
      } else if (onConflict === 'ignore') counts.ignored += 1
      else throw new MemoryError('DUPLICATE_ID', `the owner already has ${record.id}`)
    }
    this.records = next
    this.lastPosition = position
    return counts
  }

  /** What may stand once only: an id, for each owner. */
  keyOf({ owner, id }: IncomingRecord): string {
    return JSON.stringify([ownerKey(owner), id])
  }
  // #endregion

  // #region change
  /** Changes the records that `change` gives something for, and says how many those were. */
  change(change: (record: StoredRecord) => StoredRecord | undefined): number {
    let changed = 0
    this.records = this.records.map((record) => {
      const after = change(record)
      if (after !== undefined) changed += 1
      return after ?? record
    })
    return changed
  }

  remove(isGone: (record: StoredRecord) => boolean): number {
    const before = this.records.length
    this.records = this.records.filter((record) => !isGone(record))
    return before - this.records.length
  }
  // #endregion
}
