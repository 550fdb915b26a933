import { type CallContext, MemoryError } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import { type Session, textOf } from '../connection/session.js'
import { quoteIdentifier } from '../schema/schema-names.js'
import { forCall, type Store } from '../store.js'

/**
 * Gives the space of dead rows to new ones and gathers the planner's statistics; a checkpoint where nobody else makes
 * one. Nothing is locked for longer than a statement takes to begin.
 * @throws {MemoryError} `CONNECTION` when the database user may not: PostgreSQL would leave the tables out in silence.
 */
export async function compactStore(store: Store, embedded: boolean, context: CallContext): Promise<void> {
  const { database, names } = store
  // As the login itself: the two roles own nothing.
  const tables = await database.read(forCall(adminAccess, context), undefined, (session) =>
    tablesToVacuum(session, store),
  )
  const refused = tables.filter(({ allowed }) => !allowed).map(({ name }) => name)
  if (refused.length > 0) {
    throw new MemoryError(
      'CONNECTION',
      `the database user may not vacuum ${refused.join(', ')} of the schema ${names.plain}: autovacuum does, or let the owner of the tables do it`,
    )
  }
  for (const { name } of tables) {
    context.signal?.throwIfAborted()
    await database.bare(`VACUUM (ANALYZE) ${names.quoted}.${quoteIdentifier(name)}`)
  }
  if (embedded) await database.bare('CHECKPOINT')
}

/** PostgreSQL 17 has a privilege for it; before, only the owners of a table and of the database may. */
async function tablesToVacuum(session: Session, { names }: Store) {
  const server = await session.query("SELECT current_setting('server_version_num')::integer >= 170000")
  const maintain = server.rows[0]?.[0] === 't' ? "OR has_table_privilege(c.oid, 'MAINTAIN')" : ''
  const { rows } = await session.query(
    `SELECT c.relname, pg_has_role(c.relowner, 'USAGE') OR pg_has_role(d.datdba, 'USAGE') ${maintain}
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
     JOIN pg_catalog.pg_database d ON d.datname = current_database()
     WHERE s.nspname = $1 AND c.relkind IN ('r', 'p', 'm') ORDER BY c.relname`,
    [names.plain],
  )
  return rows.map(([name, allowed]) => ({ name: textOf(name), allowed: allowed === 't' }))
}
