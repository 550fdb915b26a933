import { type InsertResult, MemoryError, type OnConflict, ownerKey, type RecordKind } from '@holdfast/core'
import type { PutRecord } from '../journal/journal-operation.js'
import { withDimensions } from '../layout/store-settings.js'
import { OwnerAgreement } from '../records/owner-agreement.js'
import { isSameOwner, type NewContent } from './new-contents.js'
import { withOwnerText } from './owner-text.js'
import { settleEpisodeOwners } from './settle-episode-owners.js'
import type { PlannedWrite, WriteDraft } from './write-draft.js'

/**
 * Puts one caller's records in, all or none. Their ids are distinct within each owner.
 * @throws {MemoryError} `DUPLICATE_ID`, `DIMENSION_MISMATCH`.
 */
export async function planPut(
  draft: WriteDraft,
  kind: RecordKind,
  records: readonly NewContent[],
  onConflict: OnConflict,
): Promise<PlannedWrite<InsertResult>> {
  let settings = draft.settings
  for (const { id, vector } of records) {
    if (vector) settings = withDimensions(settings, vector.length, `the embedding of ${id}`)
  }
  const index = draft.state.index(kind)
  const placed = records.map((record) => ({
    record,
    row: index.findOwned(ownerKey(record.owner), record.id),
  }))
  const taken = placed.find(({ row }) => row !== undefined)
  if (onConflict === 'error' && taken !== undefined) {
    const what = `the owner already has a record with the id ${taken.record.id}`
    throw new MemoryError('DUPLICATE_ID', `${what}; onConflict can be 'ignore' or 'replace'`)
  }
  const result = { inserted: 0, replaced: 0, ignored: 0 }
  const operations: PutRecord[] = []
  const gone = new Set<number>()
  for (const { record, row } of placed) {
    if (row !== undefined && onConflict === 'ignore') {
      result.ignored += 1
      continue
    }
    if (row === undefined) result.inserted += 1
    else {
      result.replaced += 1
      gone.add(row)
    }
    const position = row === undefined ? draft.nextPosition(kind) : index.position(row)
    const { ownerFromNodes, ...content } = record
    operations.push({ type: 'put', kind, position, ...content })
  }
  if (operations.length === 0) return { operations, result }
  if (kind === 'episodes') return { operations: named(draft, records, operations), settings, result }
  const coming = operations.map(({ id, owner }) => [id, owner] as const)
  const settled = await settleEpisodeOwners(draft.state, { gone, coming })
  return { operations: [...operations, ...settled], settings, result }
}

/** Writes the owner into episodes that leave it to nodes which say something else. */
function named(
  { state }: WriteDraft,
  records: readonly NewContent[],
  operations: readonly PutRecord[],
): readonly PutRecord[] {
  const nodeIds = new Map(records.map(({ id, owner, ownerFromNodes }) => [keyOf(owner, id), ownerFromNodes]))
  const wanted = new Set(records.flatMap(({ ownerFromNodes }) => ownerFromNodes ?? []))
  const agreement = new OwnerAgreement(state.index('nodes'), wanted)
  return operations.map((operation) => {
    const { owner, id, text } = operation
    const ids = nodeIds.get(keyOf(owner, id))
    if (ids === undefined || isSameOwner(agreement.ownerOf(ids), owner)) return operation
    return { ...operation, text: withOwnerText(text, owner) }
  })
}

function keyOf(owner: NewContent['owner'], id: string): string {
  const key = ownerKey(owner)
  return `${key.length}:${key}${id}`
}
