import { createHash } from 'node:crypto'
import { type Logger, MemoryError } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import type { Database } from '../connection/database.js'
import type { Session } from '../connection/session.js'
import { sqlStateOf } from '../connection/sql-error.js'
import type { SchemaNames } from '../schema/schema-names.js'
import { storedVectors } from '../schema/stored-vectors.js'
import { fillTemplate, type Migration, migrationTable } from './migration.js'
import { readStoreState, type StoreState } from './store-state.js'
import {
  createVectorExtension,
  findVectorExtension,
  newLayout,
  type VectorExtension,
} from './vector-extension.js'

export interface MigrateOptions {
  readonly names: SchemaNames
  /** For a store that is made now. */
  readonly newDimensions: number
  /** `auto`: where the user may make roles. `true`: fail where not. `false`: leave it as it is. */
  readonly rowLevelSecurity: 'auto' | boolean
  readonly logger: Logger
}

/**
 * Brings a store up to date, creating it when it is missing. Any number of processes may do so at once: each step is
 * one transaction that takes an advisory lock, looks again, and claims the step before it does it. The lock ends
 * with the transaction, so it also works behind a connection pooler.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<void> {
  const extension = await prepareSchema(database, options.names)
  const refused = new Set<number>()
  while (await appliedNext(database, options, extension, refused));
}

/** Schema, extension and the table of migrations. */
function prepareSchema(database: Database, names: SchemaNames): Promise<VectorExtension> {
  return inTransaction(database, async (session) => {
    // The extension belongs to the database, not to one schema.
    await lock(session, 'extension')
    if ((await findVectorExtension(session)) === undefined) await createVectorExtension(session)
    await lock(session, `schema ${names.plain}`)
    const existing = await session.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [
      names.plain,
    ])
    if (existing.rows.length === 0) await session.query(`CREATE SCHEMA ${names.quoted}`)
    await session.query(migrationTable(names))
    const extension = await findVectorExtension(session)
    if (extension === undefined) throw new MemoryError('CONNECTION', 'the extension pgvector is missing')
    return extension
  })
}

/** Applies the next step, or adds it to `refused`; `false` when none is left. */
async function appliedNext(
  database: Database,
  options: MigrateOptions,
  extension: VectorExtension,
  refused: Set<number>,
): Promise<boolean> {
  let current: Migration | undefined
  try {
    return await inTransaction(database, async (session) => {
      await lock(session, `schema ${options.names.plain}`)
      const state = await readStoreState(session, options.names)
      current = state.pending.find(
        ({ id, optional }) => !refused.has(id) && (!optional || options.rowLevelSecurity !== false),
      )
      if (current === undefined) return false
      await apply(session, current, state, options, extension)
      return true
    })
  } catch (error) {
    if (!current?.optional || sqlStateOf(error) !== '42501') throw error
    const reason = `row level security could not be set up, because the database user may not make or take the roles ${options.names.appRole} and ${options.names.adminRole}`
    if (options.rowLevelSecurity === true) throw new MemoryError('CONNECTION', reason, { cause: error })
    options.logger.warn(`${reason}; scopes are kept apart by the statements alone`)
    refused.add(current.id)
    return true
  }
}

async function apply(
  session: Session,
  migration: Migration,
  { applied, settings }: StoreState,
  { names, newDimensions }: MigrateOptions,
  extension: VectorExtension,
): Promise<void> {
  await session.query(
    `INSERT INTO ${names.quoted}.migration (id, name, sha256, breaking) VALUES ($1, $2, $3, $4)`,
    [migration.id, migration.name, migration.sha256, migration.breaking],
  )
  // A store keeps what it was made with, whatever would be chosen now.
  const vectors =
    applied.size > 0
      ? storedVectors(settings)
      : { dimensions: newDimensions, layout: await newLayout(session, extension, newDimensions) }
  // Without parameters `pg` uses the simple protocol, which takes several statements at once.
  await session.query(
    fillTemplate(migration.template, { names, extensionSchema: extension.schema, ...vectors }),
  )
}

function inTransaction<T>(database: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return database.write({ access: adminAccess }, undefined, async (session) => {
    await session.query("SET LOCAL client_min_messages = 'warning'")
    return work(session)
  })
}

async function lock(session: Session, what: string): Promise<void> {
  const key = createHash('sha256').update(`holdfast ${what}`).digest().readBigInt64BE(0)
  await session.query('SELECT pg_catalog.pg_advisory_xact_lock($1)', [key.toString()])
}
