import { MemoryError, type RecordKind } from '@holdfast/core'

/** A record that names neither a tenant nor a user. */
export interface UnownedRecord {
  readonly kind: RecordKind
  readonly id: string
}

/** The records of a source that have no owner. */
export interface UnownedRecords {
  readonly count: number
  /** The first 20 of them. */
  readonly first: readonly UnownedRecord[]
}

/** Thrown with the code `SCOPE_REQUIRED` when a source holds records without an owner and they may not be skipped. */
export class UnownedRecordsError extends MemoryError {
  readonly unowned: UnownedRecords

  constructor(unowned: UnownedRecords) {
    const listed = unowned.first.map(({ kind, id }) => `${kind === 'nodes' ? 'node' : 'episode'} ${id}`)
    const more = unowned.count > listed.length ? ` and ${unowned.count - listed.length} more` : ''
    super(
      'SCOPE_REQUIRED',
      `${unowned.count} ${unowned.count === 1 ? 'record has' : 'records have'} neither a tenant nor a user: ${listed.join(', ')}${more}`,
    )
    this.name = 'UnownedRecordsError'
    this.unowned = unowned
  }
}
