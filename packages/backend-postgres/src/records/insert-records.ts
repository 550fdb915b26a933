import {
  type EpisodicMemory,
  type InsertResult,
  MemoryError,
  type MemoryNode,
  type NewRecord,
  type OnConflict,
  ownerKey,
} from '@holdfast/core'
import { accessOfOwner } from '../connection/access.js'
import { numberOf, type Session, textOf } from '../connection/session.js'
import { storeWords } from '../keyword/store-words.js'
import type { Store } from '../store.js'
import { binaryArray, byteaArray, int8Array, textArray } from './binary-array.js'
import { ofOneOwner } from './one-owner.js'
import { baseColumnValues, type ColumnValues, nodeColumnValues, type PlacedRecord } from './record-columns.js'
import type { RecordKindOf } from './record-kind.js'
import { removeOfOtherUsers } from './remove-of-other-users.js'
import { storedVector } from './vector-codec.js'
import { lockOwners, takePositions } from './write-locks.js'

type AnyRecord = MemoryNode | EpisodicMemory

/** Bytes of texts and vectors one statement carries, about; more only when a single record is larger. */
const chunkBytes = 4_000_000
const chunkRows = 2000

/** Never changed once a row is there. */
const fixedColumns: ReadonlySet<string> = new Set(['owner_key', 'id', 'position', 'tenant_id', 'user_id'])

export interface InsertRequest<T extends AnyRecord> {
  readonly kind: RecordKindOf<T>
  readonly records: readonly NewRecord<T>[]
  readonly onConflict: OnConflict
  /** Row level security lets a scoped transaction insert for one owner at a time; an operator's for all. */
  readonly perOwner: boolean
  readonly nodeColumns: boolean
}

/** Inserts a batch inside the transaction of `session`; whoever calls rolls it back when this throws. */
export async function insertRecords<T extends AnyRecord>(
  session: Session,
  store: Store,
  request: InsertRequest<T>,
): Promise<InsertResult> {
  await lockOwners(
    session,
    store,
    request.records.map(({ owner }) => owner),
  )
  const positions = await takePositions(session, store, request.records.length)
  const placed = request.records.map((record, index) => ({ ...record, position: positions[index] ?? 0 }))
  const total = { inserted: 0, replaced: 0, ignored: 0 }
  for (const group of request.perOwner ? byOwner(placed) : [placed]) {
    const first = group[0]
    if (request.perOwner && first !== undefined) await session.become(accessOfOwner(first.owner))
    for (const chunk of chunks(group)) {
      const { batch, removed } =
        request.onConflict === 'replace'
          ? await removeOfOtherUsers(session, store, request.kind, chunk)
          : { batch: chunk, removed: 0 }
      const stored = await insertChunk(session, store, request, batch)
      const replaced = stored.filter(({ replaces }) => replaces)
      if (replaced.length > 0) await deleteVectors(session, store, request.kind, replaced)
      await insertVectors(session, store, request.kind, stored)
      await storeWords(session, store, stored)
      total.inserted += stored.length - replaced.length - removed
      total.replaced += replaced.length + removed
      total.ignored += batch.length - stored.length
    }
  }
  return total
}

/** A record that is in the store now; `position` is its true one. */
export interface StoredRecord extends PlacedRecord<AnyRecord> {
  readonly replaces: boolean
}

async function insertChunk<T extends AnyRecord>(
  session: Session,
  store: Store,
  { kind, onConflict, nodeColumns }: InsertRequest<T>,
  chunk: readonly PlacedRecord<T>[],
): Promise<readonly StoredRecord[]> {
  const columns: readonly ColumnValues[] = [
    ...baseColumnValues(chunk),
    ...(nodeColumns ? nodeColumnValues(chunk.map(({ record }) => record as MemoryNode)) : []),
  ]
  const names = columns.map(({ name }) => name)
  const elements = columns.map(({ name, expression }) => expression?.(`u.${name}`) ?? `u.${name}`)
  const replace = [
    ...names.filter((name) => !fixedColumns.has(name)).map((name) => `${name} = EXCLUDED.${name}`),
    ...(nodeColumns ? ['touched = false'] : []),
  ]
  const { rows, rowCount } = await session.query(
    `INSERT INTO ${store.names.quoted}.${kind.table} (${names.join(', ')})
     SELECT ${elements.join(', ')}
     FROM unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}`).join(', ')}) AS u(${names.join(', ')})
     ON CONFLICT (owner_key, id) ${onConflict === 'replace' ? `DO UPDATE SET ${replace.join(', ')}` : 'DO NOTHING'}
     ${onConflict === 'error' ? '' : 'RETURNING owner_key, id, position'}`,
    columns.map(({ values }) => values),
  )
  if (onConflict === 'error') {
    if (rowCount < chunk.length) throw await duplicate(session, store, kind, chunk)
    return chunk.map((record) => ({ ...record, replaces: false }))
  }
  const returned = new Map(
    rows.map(([key, id, position]) => [keyOf(textOf(key), textOf(id)), numberOf(position)]),
  )
  return chunk.flatMap((record) => {
    const position = returned.get(keyOf(ownerKey(record.owner), record.record.id))
    return position === undefined ? [] : [{ ...record, position, replaces: position !== record.position }]
  })
}

async function duplicate<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  chunk: readonly PlacedRecord<T>[],
): Promise<MemoryError> {
  const values: unknown[] = [
    textArray(chunk.map(({ owner }) => ownerKey(owner))),
    textArray(chunk.map(({ record }) => record.id)),
    int8Array(chunk.map(({ position }) => position)),
  ]
  const { rows } = await session.query(
    `SELECT r.id FROM ${store.names.quoted}.${kind.table} r
     JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS u(owner_key, id, position)
       ON r.owner_key = u.owner_key AND r.id = u.id
     WHERE r.position <> u.position AND ${ofOneOwner('r', chunk, values)} ORDER BY u.position LIMIT 1`,
    values,
  )
  const id = rows[0]?.[0]
  return new MemoryError('DUPLICATE_ID', `the owner already has a ${kind.table} with the id ${id}`)
}

/** Takes the vectors of records away. */
export async function deleteVectors<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  records: readonly Pick<StoredRecord, 'owner' | 'record'>[],
): Promise<void> {
  const values: unknown[] = [
    textArray(records.map(({ owner }) => ownerKey(owner))),
    textArray(records.map(({ record }) => record.id)),
  ]
  await session.query(
    `DELETE FROM ${store.names.quoted}.${kind.vectorTable} v
     USING unnest($1::text[], $2::text[]) AS u(owner_key, id)
     WHERE v.owner_key = u.owner_key AND v.id = u.id AND ${ofOneOwner('v', records, values)}`,
    values,
  )
}

/** Stores the vectors of records that have one. */
export async function insertVectors<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  records: readonly Pick<StoredRecord, 'owner' | 'record' | 'position' | 'embedding'>[],
): Promise<void> {
  const items = records.flatMap(({ owner, record, position, embedding }) =>
    embedding === undefined ? [] : [{ owner, id: record.id, position, vector: storedVector(embedding) }],
  )
  if (items.length === 0) return
  await session.query(
    `INSERT INTO ${store.names.quoted}.${kind.vectorTable} (owner_key, id, position, user_id, embedding, raw)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::${store.vector.type}[], $6::bytea[])`,
    [
      textArray(items.map(({ owner }) => ownerKey(owner))),
      textArray(items.map(({ id }) => id)),
      int8Array(items.map(({ position }) => position)),
      textArray(items.map(({ owner }) => owner.userId || null)),
      binaryArray(
        store.vector.oid,
        items.map(({ vector }) => vector.embedding),
      ),
      byteaArray(items.map(({ vector }) => vector.raw)),
    ],
  )
}

function keyOf(owner: string, id: string): string {
  return JSON.stringify([owner, id])
}

function byOwner<T extends AnyRecord>(
  records: readonly PlacedRecord<T>[],
): Iterable<readonly PlacedRecord<T>[]> {
  const groups = new Map<string, PlacedRecord<T>[]>()
  for (const record of records) {
    const key = ownerKey(record.owner)
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  return groups.values()
}

function* chunks<T extends AnyRecord>(
  records: readonly PlacedRecord<T>[],
): Generator<readonly PlacedRecord<T>[]> {
  let chunk: PlacedRecord<T>[] = []
  let bytes = 0
  for (const record of records) {
    const size = record.text.length + (record.embedding?.byteLength ?? 0)
    if (chunk.length > 0 && (bytes + size > chunkBytes || chunk.length === chunkRows)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(record)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}
