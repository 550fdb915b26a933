import { type EpisodicMemory, type MemoryNode, type Owner, ownerKey } from '@holdfast/core'
import type { Command, InsertCommand, Value } from '../connection/command.js'
import type { Store } from '../store.js'
import { byteaArray, int8Array, textArray } from './binary-array.js'
import { ofOneOwner } from './one-owner.js'
import { byOwner } from './record-chunks.js'
import type { RecordKindOf } from './record-kind.js'
import { storedVector, vectorArray } from './vector-codec.js'

type AnyRecord = MemoryNode | EpisodicMemory

/** A record at its place, with its vector when it has one. */
export interface PlacedVector {
  readonly owner: Owner
  readonly record: AnyRecord
  readonly position: number
  readonly embedding: Float32Array | undefined
}

/** The table of vectors with its columns. */
export function vectorsInto<T extends AnyRecord>({ names }: Store, { vectorTable }: RecordKindOf<T>): string {
  return `${names.quoted}.${vectorTable} (owner_key, id, position, user_id, embedding, raw)`
}

/** What stores the vectors of records; `undefined` when none of them has one. */
export function vectorsCommand<T extends AnyRecord>(
  store: Store,
  kind: RecordKindOf<T>,
  records: readonly PlacedVector[],
): InsertCommand | undefined {
  const items = sideBySide(records).flatMap(({ owner, record, position, embedding }) =>
    embedding === undefined
      ? []
      : [{ owner, key: ownerKey(owner), id: record.id, position, ...storedVector(embedding) }],
  )
  if (items.length === 0) return undefined
  const types = ['text', 'text', 'bigint', 'text', store.vector.type, 'bytea']
  return {
    text: `INSERT INTO ${vectorsInto(store, kind)}
      SELECT ${types.map((type, at) => `unnest($${at + 1}::${type}[])`).join(', ')}`,
    values: [
      textArray(items.map(({ key }) => key)),
      textArray(items.map(({ id }) => id)),
      int8Array(items.map(({ position }) => position)),
      textArray(items.map(({ owner }) => owner.userId || null)),
      vectorArray(
        store.vector.oid,
        items.map(({ embedding }) => embedding),
      ),
      byteaArray(items.map(({ raw }) => raw)),
    ],
  }
}

/** An owner's rows next to each other, so that they share pages: a search reads those of one owner. */
export function sideBySide<T extends { readonly owner: Owner }>(records: readonly T[]): readonly T[] {
  return [...byOwner(records)].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => group)
}

/** What takes the vectors of records away. */
export function removeVectorsCommand<T extends AnyRecord>(
  store: Store,
  kind: RecordKindOf<T>,
  records: readonly Pick<PlacedVector, 'owner' | 'record'>[],
): Command {
  const values: Value[] = [
    textArray(records.map(({ owner }) => ownerKey(owner))),
    textArray(records.map(({ record }) => record.id)),
  ]
  return {
    text: `DELETE FROM ${store.names.quoted}.${kind.vectorTable} v
      USING unnest($1::text[], $2::text[]) AS u(owner_key, id)
      WHERE v.owner_key = u.owner_key AND v.id = u.id AND ${ofOneOwner('v', records, values)}`,
    values,
  }
}
