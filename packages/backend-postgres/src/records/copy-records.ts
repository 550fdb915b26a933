import type { EpisodicMemory, InsertResult, MemoryNode } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import type { Command } from '../connection/command.js'
import type { Copy } from '../connection/copy-statement.js'
import type { Session } from '../connection/session.js'
import { wordsCommand, wordsInto } from '../keyword/store-words.js'
import type { Store } from '../store.js'
import { textArray } from './binary-array.js'
import { copyEnd, copyRows, copyStart } from './copy-rows.js'
import { type ChunkOptions, naming, rowColumns, rowsInto } from './insert-chunk.js'
import { chunks, copyBytes, copyPartBytes } from './record-chunks.js'
import type { PlacedRecord } from './record-columns.js'
import { sideBySide, vectorsCommand, vectorsInto } from './vector-commands.js'

type AnyRecord = MemoryNode | EpisodicMemory

const tables = ['node', 'node_vector', 'node_words', 'episode', 'episode_vector']

/**
 * Whether a transaction of operators may use COPY. PostgreSQL refuses it to every role that policies hold for, also to
 * those they let do everything, so the transaction becomes its login where policies do not hold for that: what
 * operators see is the same. Otherwise it stays as it is.
 */
export async function mayCopy(session: Session, { names, roles }: Store): Promise<boolean> {
  if (session.copy === undefined) return false
  const exempt = 'EXISTS (SELECT FROM pg_catalog.pg_roles WHERE (rolsuper OR rolbypassrls) AND rolname ='
  const toLogin: Command = {
    text: `SELECT pg_catalog.set_config('role', 'none', true)
       WHERE NOT ${exempt} current_user) AND ${exempt} session_user)`,
    values: [],
  }
  const mayInsert: Command = {
    text: `SELECT bool_and(NOT pg_catalog.row_security_active(name) AND pg_catalog.has_table_privilege(name, 'INSERT'))
     FROM unnest($1::text[]) name`,
    values: [textArray(tables.map((table) => `${names.quoted}.${table}`))],
  }
  const results = await session.queryAll(roles === undefined ? [mayInsert] : [toLogin, mayInsert])
  const may = results.at(-1)?.rows[0]?.[0] === 't'
  const isLogin = roles !== undefined && results[0]?.rowCount === 1
  if (!may && isLogin) await session.become(adminAccess)
  return may
}

/**
 * Stores records by COPY, which takes the server less time than an insert, after the {@link savepoint}. While it takes
 * some rows, the next ones are encoded.
 * @throws {MemoryError} `DUPLICATE_ID`.
 */
export async function copyRecords<T extends AnyRecord>(
  session: Session,
  store: Store,
  options: ChunkOptions<T>,
  records: readonly PlacedRecord<T>[],
): Promise<InsertResult> {
  const { copy } = session
  if (copy === undefined) throw new TypeError('the connection cannot copy')
  const parts = [...chunks(records, copyBytes)]
  const copying = copy(parts.flatMap((chunk) => copiesOf(store, options, chunk)))
  await naming(session, store, options.kind, parts, copying)
  return { inserted: records.length, replaced: 0, ignored: 0 }
}

/** What fills the tables, those that others refer to first. */
function copiesOf<T extends AnyRecord>(
  store: Store,
  options: ChunkOptions<T>,
  chunk: readonly PlacedRecord<T>[],
): readonly Copy[] {
  const { kind, nodeColumns } = options
  const withVector = sideBySide(chunk.filter(({ embedding }) => embedding !== undefined))
  return [
    copyOf(rowsInto(store, options), chunk, (part) => rowColumns(options, part)),
    // The server takes longest for vectors, this process for words.
    copyOf(vectorsInto(store, kind), withVector, (part) => vectorsCommand(store, kind, part)?.values),
    copyOf(wordsInto(store), nodeColumns ? chunk : [], (part) => wordsCommand(store, part)?.values),
  ].filter((copy) => copy !== undefined)
}

function copyOf<T extends AnyRecord>(
  into: string,
  records: readonly PlacedRecord<T>[],
  encode: (part: readonly PlacedRecord<T>[]) => readonly Buffer[] | undefined,
): Copy | undefined {
  if (records.length === 0) return undefined
  function* parts() {
    yield copyStart
    for (const part of chunks(records, copyPartBytes)) yield copyRows(encode(part) ?? [])
    yield copyEnd
  }
  return { text: `COPY ${into} FROM STDIN (FORMAT binary)`, parts: { [Symbol.iterator]: parts } }
}
