import { type EpisodicMemory, type MemoryNode, ownerKey } from '@holdfast/core'
import type { Value } from '../connection/command.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { deleteWithWords } from '../keyword/delete-with-words.js'
import type { Store } from '../store.js'
import { textArray } from './binary-array.js'
import { ofOneOwner } from './one-owner.js'
import type { PlacedRecord } from './record-columns.js'
import type { RecordKindOf } from './record-kind.js'

/**
 * Whose a stored record is never changes by an update: the policies of row level security rest on that. A tenant's
 * record that is replaced by one of another user therefore goes, and the new one takes its place in the order.
 * @returns the batch, with the places of the removed records, and how many those were. The owners are locked already.
 */
export async function removeOfOtherUsers<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  batch: readonly PlacedRecord<T>[],
): Promise<{ readonly batch: readonly PlacedRecord<T>[]; readonly removed: number }> {
  const values: Value[] = [
    textArray(batch.map(({ owner }) => ownerKey(owner))),
    textArray(batch.map(({ record }) => record.id)),
    textArray(batch.map(({ owner }) => owner.userId || null)),
  ]
  const { rows } = await session.query(
    deleteWithWords(store, {
      table: kind.table,
      statement: `DELETE FROM ${store.names.quoted}.${kind.table} r
        USING unnest($1::text[], $2::text[], $3::text[]) AS u(owner_key, id, user_id)
        WHERE r.owner_key = u.owner_key AND r.id = u.id AND r.user_id IS DISTINCT FROM u.user_id
          AND ${ofOneOwner('r', batch, values)}`,
      // A statement takes no value that it does not use.
      ...(kind.table === 'node' ? { scope: ofOneOwner('w', batch, values) } : {}),
      result: 'SELECT owner_key, id, position FROM gone',
    }),
    values,
  )
  if (rows.length === 0) return { batch, removed: 0 }
  const places = new Map(
    rows.map(([key, id, position]) => [JSON.stringify([textOf(key), textOf(id)]), numberOf(position)]),
  )
  const placed = batch.map((record) => {
    const place = places.get(JSON.stringify([ownerKey(record.owner), record.record.id]))
    return place === undefined ? record : { ...record, position: place }
  })
  return { batch: placed, removed: places.size }
}
