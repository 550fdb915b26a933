import { type Logger, MemoryError } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import { Database } from '../connection/database.js'
import type { Session } from '../connection/session.js'
import { textOf } from '../connection/session.js'
import { readStoreTables } from '../migrations/applied-migrations.js'
import type { PostgresTarget } from '../open-options.js'
import { openPool } from '../open-store.js'
import { resolveOpenOptions } from '../resolve-open-options.js'
import { quoteIdentifier, type SchemaNames } from '../schema/schema-names.js'
import { layoutOf } from '../schema/vector-layout.js'
import { checkDimensions, checkLayout, checkVectors } from './check-dimensions.js'
import { checkExtension } from './check-extension.js'
import { checkHousekeeping } from './check-housekeeping.js'
import { checkIndexes } from './check-indexes.js'
import { checkLogin } from './check-login.js'
import { checkMigrations } from './check-migrations.js'
import { checkRows } from './check-rows.js'
import { checkSchema } from './check-schema.js'
import { checkSharedRoles } from './check-shared-roles.js'
import { type DatabaseFinding, databaseFinding } from './database-finding.js'
import type { DatabaseReport } from './database-report.js'
import { schemaFacts } from './schema-facts.js'

/** Where to look. */
export type InspectDatabaseOptions = PostgresTarget & {
  /** Default `holdfast`. */
  readonly schema?: string
  /** Stops the running statement. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
}

/**
 * Says what is in a store of PostgreSQL, what is wrong with it and what puts that in order. It writes nothing: all of
 * it is two read-only transactions. Every row is read once, but no vector's values.
 * @throws {MemoryError} `CONNECTION` when there is no store, or it cannot be reached or read; `TIMEOUT`;
 * `CONFIG_INVALID`; `LOCKED` and `BACKEND_NOT_INSTALLED` (embedded).
 */
export async function inspectDatabase(options: InspectDatabaseOptions): Promise<DatabaseReport> {
  const { signal, ...target } = options
  const resolved = resolveOpenOptions({ ...target, create: false, readOnly: true, statementTimeoutMs: 0 })
  const lease = await openPool(resolved)
  const { logger, retryTimeoutMs } = resolved
  const database = new Database({
    ...{ pool: lease.pool, outlivedByPool: lease.isCallers },
    ...{ logger, statementTimeoutMs: 0, retryTimeoutMs },
  })
  try {
    return await inspectStore({ database, names: resolved.names, embedded: lease.embedded, signal })
  } finally {
    await database.detach()
    await lease.end().catch((closing: unknown) => logger.warn(`closing failed: ${String(closing)}`))
  }
}

export interface InspectedStore {
  readonly database: Database
  readonly names: SchemaNames
  readonly embedded: boolean
  readonly signal: AbortSignal | undefined
}

/** {@link inspectDatabase} on a database that is connected to. */
export async function inspectStore(store: InspectedStore): Promise<DatabaseReport> {
  const catalogs = await reading(store, (session) => inspectCatalogs(session, store))
  const { allRowsAs, seesAllRows, extensionSchema, isCurrent, ...report } = catalogs
  const rows = await inspectRows(store, catalogs)
  const findings = [...report.findings, ...rows.findings]
  const weight = ({ severity }: DatabaseFinding) => ['error', 'warning', 'info'].indexOf(severity)
  return {
    ...report,
    ...(rows.records === undefined ? {} : { records: rows.records }),
    ok: findings.every(({ severity }) => severity === 'info'),
    findings: findings.sort((a, b) => weight(a) - weight(b)),
  }
}

type Catalogs = Awaited<ReturnType<typeof inspectCatalogs>>

/** What the catalogs say. */
async function inspectCatalogs(session: Session, { names, embedded }: InspectedStore) {
  const tables = await readStoreTables(session, names)
  if (tables === undefined) {
    throw new MemoryError('CONNECTION', `there is no store in the schema ${names.plain}`)
  }
  const { version, database, pgvector, extensionSchema } = await versions(session)
  const migrations = checkMigrations(tables.applied, names.plain)
  const { isCurrent, rowLevelSecurity } = migrations
  const login = await checkLogin(session, { names, embedded, rowLevelSecurity })
  const sharedRoles = rowLevelSecurity ? await checkSharedRoles(session, names) : []
  const indexes = await checkIndexes(session, names)
  const housekeeping = await checkHousekeeping(session, names, embedded)
  const dimensions = await checkDimensions(session, names, tables.settings)
  const layout = layoutOf(tables.settings)
  const schemaFindings =
    isCurrent && dimensions.dimensions !== undefined && layout !== undefined && extensionSchema !== undefined
      ? checkSchema(
          await schemaFacts(session, names, extensionSchema, { dimensions: dimensions.dimensions, layout }),
          {
            ...{ rowLevelSecurity, layout },
            column: { names, extensionSchema, dimensions: dimensions.dimensions },
          },
        )
      : []
  return {
    postgres: version,
    ...(pgvector === undefined ? {} : { pgvector }),
    embedded,
    database,
    schema: names.plain,
    login: login.login,
    migrations: tables.applied.map(({ id }) => id),
    rowLevelSecurity,
    ...(dimensions.dimensions === undefined ? {} : { dimensions: dimensions.dimensions }),
    bytes: housekeeping.bytes,
    tables: housekeeping.tables,
    findings: [
      ...migrations.findings,
      ...checkExtension(pgvector, indexes.hasHnsw),
      ...dimensions.findings,
      ...checkLayout(names, tables.settings),
      ...login.findings,
      ...sharedRoles,
      ...schemaFindings,
      ...indexes.findings,
      ...housekeeping.findings,
    ],
    ...{ allRowsAs: login.allRowsAs, seesAllRows: login.seesAllRows, extensionSchema, isCurrent },
  }
}

/** What the rows say, as the role that sees all of them. */
async function inspectRows(
  store: InspectedStore,
  { isCurrent, seesAllRows, allRowsAs, extensionSchema, dimensions, login }: Catalogs,
): Promise<{ findings: readonly DatabaseFinding[]; records?: DatabaseReport['records'] }> {
  const place = store.names.plain
  if (!isCurrent) return { findings: [] }
  if (!seesAllRows) {
    const message = `the role ${login.role} may not act as ${store.names.adminRole}, so no row was looked at`
    return { findings: [databaseFinding('ROWS_NOT_CHECKED', place, message)] }
  }
  try {
    return await reading(store, async (session) => {
      if (allRowsAs !== undefined) await session.query("SELECT set_config('role', $1, true)", [allRowsAs])
      const { findings, records } = await checkRows(session, store.names)
      const vectors =
        extensionSchema === undefined || dimensions === undefined
          ? []
          : await checkVectors(session, store.names, quoteIdentifier(extensionSchema), dimensions)
      return { findings: [...findings, ...vectors], records }
    })
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    // A table or a privilege that is missing is among the findings already; this says what was not looked at.
    const message = `the rows could not be read to the end: ${error.message}`
    return { findings: [databaseFinding('CHECK_FAILED', place, message, 'See the other findings first.')] }
  }
}

async function versions(session: Session) {
  const { rows } = await session.query(
    `SELECT current_setting('server_version'), current_database(), e.extversion, n.nspname
     FROM (VALUES (1)) one LEFT JOIN pg_extension e ON e.extname = 'vector'
     LEFT JOIN pg_namespace n ON n.oid = e.extnamespace`,
  )
  const [version, database, pgvector, extensionSchema] = rows[0] ?? []
  return {
    version: textOf(version).split(' ')[0] ?? '',
    database: textOf(database),
    pgvector: pgvector ?? undefined,
    extensionSchema: extensionSchema ?? undefined,
  }
}

function reading<T>(store: InspectedStore, work: (session: Session) => Promise<T>): Promise<T> {
  return store.database.read({ access: adminAccess, signal: store.signal }, undefined, work)
}
