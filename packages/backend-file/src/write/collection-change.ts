import { type InsertResult, MemoryError, type OnConflict, ownerKey } from '@holdfast/core'
import type { Collection } from '../snapshot/snapshot.js'
import type { RowContent } from './row-content.js'

/** What a group of writes does to the records of one kind, before any of it is on disk. */
export class CollectionChange {
  readonly base: Collection
  readonly replaced = new Map<number, RowContent>()
  /** The rows behind those of the base. */
  readonly added: RowContent[] = []
  readonly #addedById = new Map<string, Map<string, number>>()

  constructor(base: Collection) {
    this.base = base
  }

  get isEmpty(): boolean {
    return this.replaced.size === 0 && this.added.length === 0
  }

  get count(): number {
    return this.base.table.count + this.added.length
  }

  /**
   * Puts one caller's records in, all or none. Their ids are distinct within each owner.
   * @throws {MemoryError} `DUPLICATE_ID`, and then nothing was changed.
   */
  put(records: readonly RowContent[], onConflict: OnConflict): InsertResult {
    const placed = records.map((record) => ({ record, row: this.#find(record) }))
    const taken = placed.find(({ row }) => row !== undefined)
    if (onConflict === 'error' && taken !== undefined) {
      const what = `the owner already has a record with the id ${taken.record.id}`
      throw new MemoryError('DUPLICATE_ID', `${what}; onConflict can be 'ignore' or 'replace'`)
    }
    const result = { inserted: 0, replaced: 0, ignored: 0 }
    for (const { record, row } of placed) {
      if (row === undefined) {
        this.#add(record)
        result.inserted += 1
      } else if (onConflict === 'replace') {
        this.replace(row, record)
        result.replaced += 1
      } else result.ignored += 1
    }
    return result
  }

  /** Gives a row, of the base or added, another content. */
  replace(row: number, record: RowContent): void {
    const addedIndex = row - this.base.table.count
    if (addedIndex >= 0) this.added[addedIndex] = record
    else this.replaced.set(row, record)
  }

  #find({ owner, id }: RowContent): number | undefined {
    if (owner === undefined) return undefined
    const key = ownerKey(owner)
    return this.base.table.findOwned(key, id) ?? this.#addedById.get(key)?.get(id)
  }

  #add(record: RowContent): void {
    const row = this.count
    this.added.push(record)
    if (record.owner === undefined) return
    const key = ownerKey(record.owner)
    const rows = this.#addedById.get(key) ?? new Map<string, number>()
    this.#addedById.set(key, rows)
    rows.set(record.id, row)
  }
}
