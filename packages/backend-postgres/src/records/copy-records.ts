import type { EpisodicMemory, InsertResult, MemoryNode } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import type { InsertCommand } from '../connection/command.js'
import type { Session } from '../connection/session.js'
import { wordsCommand } from '../keyword/store-words.js'
import type { Store } from '../store.js'
import { copyRows } from './copy-rows.js'
import { beforeChunks, type ChunkOptions, copiedRows, naming } from './insert-chunk.js'
import { chunks, copyBytes } from './record-chunks.js'
import type { PlacedRecord } from './record-columns.js'
import { vectorsCommand } from './vector-commands.js'

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
  const became =
    roles &&
    (await session.query(
      `SELECT pg_catalog.set_config('role', 'none', true)
       WHERE NOT ${exempt} current_user) AND ${exempt} session_user)`,
    ))
  const { rows } = await session.query(
    `SELECT bool_and(NOT pg_catalog.row_security_active(name) AND pg_catalog.has_table_privilege(name, 'INSERT'))
     FROM unnest($1::text[]) name`,
    [tables.map((table) => `${names.quoted}.${table}`)],
  )
  const may = rows[0]?.[0] === 't'
  if (!may && became?.rowCount === 1) await session.become(adminAccess)
  return may
}

/**
 * Stores records by COPY, which takes two thirds of the server's time for an insert. While the server takes one table's
 * rows, the next one's are encoded.
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
  let copying: Promise<void> | undefined
  try {
    await session.query(beforeChunks)
    for (const chunk of chunks(records, copyBytes)) {
      const steps: readonly (() => Pick<InsertCommand, 'into' | 'values'> | undefined)[] = [
        () => copiedRows(store, options, chunk),
        () => wordsCommand(store, chunk),
        () => vectorsCommand(store, options.kind, chunk),
      ]
      for (const step of steps) {
        const command = step()
        const bytes = command && copyRows(command.values)
        await copying
        copying = undefined
        if (command === undefined || bytes === undefined) continue
        const sent = copy(`COPY ${command.into} FROM STDIN (FORMAT binary)`, bytes)
        copying = naming(session, store, options.kind, chunk, sent)
        // It may fail before it is waited for, which must not count as unheard.
        copying.catch(() => {})
        // What was just handed over goes out before the next rows keep this thread busy.
        await session.sent()
      }
    }
    await copying
    return { inserted: records.length, replaced: 0, ignored: 0 }
  } finally {
    // The rollback must not meet a statement that is still under way.
    await copying?.catch(() => {})
  }
}
