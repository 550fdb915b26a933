import { type ExportedRecord, ownerKey, type RecordKind, type Scope } from '@holdfast/core'
import type { MigrationStore } from './migration-store.js'

/** A record of an export, with what identifies it. */
export interface StreamedRecord extends ExportedRecord {
  readonly kind: RecordKind
  /** Equal for the same record in another store. */
  readonly key: string
}

export interface RecordStreamOptions {
  readonly scope: Scope | undefined
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Told the number of records read from the store, unowned ones included. */
  readonly onRead?: (count: number) => void
}

/**
 * The owned records of a store in their order, with a bounded look ahead. Memory: one batch and what was looked
 * ahead at.
 */
export class RecordStream {
  readonly #records: AsyncGenerator<StreamedRecord>
  readonly #ahead: StreamedRecord[] = []
  readonly #counts = { nodes: 0, episodes: 0, vectors: 0 }

  constructor(backend: MigrationStore, options: RecordStreamOptions) {
    this.#records = ownedRecords(backend, options)
  }

  /** What was taken so far. */
  get counts(): { readonly nodes: number; readonly episodes: number; readonly vectors: number } {
    return { ...this.#counts }
  }

  /** The next record, which stays where it is. */
  async first(): Promise<StreamedRecord | undefined> {
    await this.#fill(1)
    return this.#ahead[0]
  }

  /**
   * How far off a record is, 0 for the next one, looking at no more than `limit` records of its kind.
   * @returns -1 when it is not among them.
   */
  async find(wanted: StreamedRecord, limit: number): Promise<number> {
    for (let index = 0; index < limit; index++) {
      await this.#fill(index + 1)
      const candidate = this.#ahead[index]
      if (candidate === undefined) return -1
      if (candidate.key === wanted.key) return index
      // Nodes come before episodes: past the last one there is no use in looking for a node.
      if (candidate.kind === 'episodes' && wanted.kind === 'nodes') return -1
    }
    return -1
  }

  /** Takes out one of the records that were looked at. */
  take(index = 0): StreamedRecord {
    const [record] = this.#ahead.splice(index, 1)
    if (record === undefined) throw new RangeError(`no record was looked at ${index} places ahead`)
    this.#counts[record.kind] += 1
    if (record.embedding !== undefined) this.#counts.vectors += 1
    return record
  }

  /** Ends the export, wherever it is. */
  async close(): Promise<void> {
    await this.#records.return(undefined)
  }

  async #fill(count: number): Promise<void> {
    while (this.#ahead.length < count) {
      const next = await this.#records.next()
      if (next.done === true) return
      this.#ahead.push(next.value)
    }
  }
}

async function* ownedRecords(
  backend: MigrationStore,
  { scope, batchSize, signal, onRead }: RecordStreamOptions,
): AsyncGenerator<StreamedRecord> {
  const batches = backend.admin.exportAll({
    batchSize,
    ...(scope === undefined ? {} : { scope }),
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const { kind, records } of batches) {
    for (const record of records) {
      if (record.owner === undefined) continue
      yield { ...record, kind, key: JSON.stringify([kind, ownerKey(record.owner), record.id]) }
    }
    onRead?.(records.length)
  }
}
