import {
  type EpisodicMemory,
  type InsertResult,
  MemoryError,
  type MemoryNode,
  type OnConflict,
  ownerKey,
} from '@holdfast/core'
import type { Command, Value } from '../connection/command.js'
import { inOneStatement } from '../connection/one-statement.js'
import { numberOf, type RowSet, type Session, textOf } from '../connection/session.js'
import { sqlStateOf } from '../connection/sql-error.js'
import { wordsCommand } from '../keyword/store-words.js'
import type { Store } from '../store.js'
import { int8Array, textArray } from './binary-array.js'
import { ofOneOwner } from './one-owner.js'
import { baseColumnValues, type ColumnValues, nodeColumnValues, type PlacedRecord } from './record-columns.js'
import type { RecordKindOf } from './record-kind.js'
import { removeVectorsCommand, vectorsCommand } from './vector-commands.js'

type AnyRecord = MemoryNode | EpisodicMemory

/** SQLSTATE. */
const uniqueViolation = '23505'

/** Never changed once a row is there. */
const fixedColumns: ReadonlySet<string> = new Set(['owner_key', 'id', 'position', 'tenant_id', 'user_id'])

export interface ChunkOptions<T extends AnyRecord> {
  readonly kind: RecordKindOf<T>
  readonly onConflict: OnConflict
  readonly nodeColumns: boolean
}

/** A record that is in the store now; `position` is its true one. */
interface StoredRecord extends PlacedRecord<AnyRecord> {
  readonly replaces: boolean
}

/** A part of a batch, encoded. What goes with the rows is right as long as each row is stored where it was placed. */
export interface EncodedChunk<T extends AnyRecord> {
  readonly chunk: readonly PlacedRecord<T>[]
  readonly rows: Command
  readonly beside: readonly Command[]
}

/** Does all the work that needs no server. */
export function encodeChunk<T extends AnyRecord>(
  store: Store,
  options: ChunkOptions<T>,
  chunk: readonly PlacedRecord<T>[],
): EncodedChunk<T> {
  const rows = rowsCommand(store, options, chunk)
  const beside = besideCommands(store, options.kind, chunk)
  // Where nothing can be there already, what goes with the rows need not wait to hear which were stored.
  return options.onConflict === 'error'
    ? { chunk, rows: inOneStatement([rows, ...beside]), beside: [] }
    : { chunk, rows, beside }
}

/** To be sent before what {@link naming} waits for, as whoever the records are inserted for. */
export const savepoint: Command = { text: 'SAVEPOINT holdfast_chunks', values: [] }

/** Stores an encoded chunk. @throws {MemoryError} `DUPLICATE_ID`, with `onConflict: 'error'`. */
export async function storeChunk<T extends AnyRecord>(
  session: Session,
  store: Store,
  { kind, onConflict }: ChunkOptions<T>,
  { chunk, rows, beside }: EncodedChunk<T>,
): Promise<InsertResult> {
  if (onConflict === 'error') {
    await naming(session, store, kind, [chunk], session.query(rows.text, rows.values))
    return { inserted: chunk.length, replaced: 0, ignored: 0 }
  }
  const stored = storedRecords(chunk, await session.query(rows.text, rows.values))
  const replaced = stored.filter(({ replaces }) => replaces)
  if (replaced.length > 0) await send(session, [removeVectorsCommand(store, kind, replaced)])
  const isAsPlaced = stored.length === chunk.length && replaced.length === 0
  await send(session, isAsPlaced ? beside : besideCommands(store, kind, stored))
  return {
    inserted: stored.length - replaced.length,
    replaced: replaced.length,
    ignored: chunk.length - stored.length,
  }
}

/**
 * Waits for rows to be stored by statements that refuse what is there already.
 * @throws {MemoryError} `DUPLICATE_ID` when that is a record of the chunks.
 */
export async function naming<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  parts: readonly (readonly PlacedRecord<T>[])[],
  storing: Promise<unknown>,
): Promise<void> {
  try {
    await storing
  } catch (error) {
    if (sqlStateOf(error) !== uniqueViolation) throw error
    await session.query('ROLLBACK TO holdfast_chunks')
    for (const chunk of parts) {
      const id = await firstTaken(session, store, kind, chunk)
      if (id !== undefined) throw taken(`a ${kind.table} with the id ${id}`)
    }
    // Somebody has deleted it since.
    if (isOfTable(error, [kind.table, kind.vectorTable]))
      throw taken(`a ${kind.table} with an id of the batch`)
    throw error
  }
}

function taken(what: string): MemoryError {
  return new MemoryError('DUPLICATE_ID', `the owner already has ${what}`)
}

/** Whether a statement was refused for what is in one of these tables, as the server says beside the error. */
function isOfTable(error: unknown, tables: readonly unknown[]): boolean {
  return typeof error === 'object' && error !== null && 'table' in error && tables.includes(error.table)
}

async function send(session: Session, commands: readonly Command[]): Promise<void> {
  for (const { text, values } of commands) await session.query(text, values)
}

function rowsCommand<T extends AnyRecord>(
  store: Store,
  { kind, onConflict, nodeColumns }: ChunkOptions<T>,
  chunk: readonly PlacedRecord<T>[],
): Command {
  const columns = columnsOf(chunk, nodeColumns)
  const names = columns.map(({ name }) => name)
  const arrays = columns.map(({ name, type }, index) => `unnest($${index + 1}::${type}) AS ${name}`)
  const elements = columns.map(({ name, expression }) => expression?.(`u.${name}`) ?? `u.${name}`)
  const replace = [
    ...names.filter((name) => !fixedColumns.has(name)).map((name) => `${name} = EXCLUDED.${name}`),
    ...(nodeColumns ? ['touched = false'] : []),
  ]
  const returning = 'RETURNING position, id, owner_key'
  const conflicts = {
    error: '',
    ignore: `ON CONFLICT (owner_key, id) DO NOTHING ${returning}`,
    replace: `ON CONFLICT (owner_key, id) DO UPDATE SET ${replace.join(', ')} ${returning}`,
  }
  // unnest in a SELECT list gives row after row; in FROM all of them are put down first, and read again.
  return {
    text: `INSERT INTO ${store.names.quoted}.${kind.table} (${names.join(', ')})
      SELECT ${elements.join(', ')} FROM (SELECT ${arrays.join(', ')}) u
      ${conflicts[onConflict]}`,
    values: columns.map(({ values }) => values),
  }
}

function columnsOf<T extends AnyRecord>(
  chunk: readonly PlacedRecord<T>[],
  nodeColumns: boolean,
): readonly ColumnValues[] {
  return [
    ...baseColumnValues(chunk),
    ...(nodeColumns ? nodeColumnValues(chunk.map(({ record }) => record as MemoryNode)) : []),
  ]
}

/** The table of the records with its columns, for COPY. */
export function rowsInto<T extends AnyRecord>(store: Store, { kind, nodeColumns }: ChunkOptions<T>): string {
  const names = columnsOf([], nodeColumns).map(({ name }) => name)
  return `${store.names.quoted}.${kind.table} (${names.join(', ')})`
}

/** An array for each of those columns. */
export function rowColumns<T extends AnyRecord>(
  { nodeColumns }: ChunkOptions<T>,
  records: readonly PlacedRecord<T>[],
): readonly Buffer[] {
  return columnsOf(records, nodeColumns).map(({ copied, values }) => copied?.() ?? values)
}

/** Vectors and words, of which a replaced record may have some already. */
function besideCommands<T extends AnyRecord>(
  store: Store,
  kind: RecordKindOf<T>,
  records: readonly (PlacedRecord<AnyRecord> & Partial<StoredRecord>)[],
): readonly Command[] {
  return [vectorsCommand(store, kind, records), wordsCommand(store, records)].filter(
    (command) => command !== undefined,
  )
}

function storedRecords(chunk: readonly PlacedRecord<AnyRecord>[], { rows }: RowSet): readonly StoredRecord[] {
  const positions = new Map(
    rows.map(([position, id, key]) => [keyOf(textOf(key), textOf(id)), numberOf(position)]),
  )
  return chunk.flatMap((record) => {
    const position = positions.get(keyOf(ownerKey(record.owner), record.record.id))
    return position === undefined ? [] : [{ ...record, position, replaces: position !== record.position }]
  })
}

/** The first id that stands in the way of a chunk that was refused; `undefined` when none does now. */
async function firstTaken<T extends AnyRecord>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  chunk: readonly PlacedRecord<T>[],
): Promise<string | undefined> {
  const values: Value[] = [
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
  return rows[0]?.[0] ?? undefined
}

/** A NUL character is in no id and no owner. */
function keyOf(owner: string, id: string): string {
  return `${owner}\0${id}`
}
