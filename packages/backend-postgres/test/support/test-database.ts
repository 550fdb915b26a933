import { randomUUID } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { vector } from '@electric-sql/pglite-pgvector'
import pg from 'pg'
import {
  PostgresBackend,
  type PostgresStoreOptions,
  type PostgresTarget,
  type PrintOptions,
  printMigrations,
} from '../../src/index.js'

export const realUrl = process.env.DATABASE_URL

/** The same server through PgBouncer in transaction mode, where there is one. */
export const poolerUrl = process.env.DATABASE_POOLER_URL

/** A database for the tests of one file; each test takes a schema of its own in it. */
export interface TestDatabase {
  /** As a user with every privilege. */
  readonly pool: pg.Pool
  /** How a backend is opened on it: a server by its URL, embedded PostgreSQL by the shared pool. */
  readonly target: PostgresTarget
  end(): Promise<void>
}

export type DatabaseKind = 'embedded PostgreSQL' | 'a real server' | 'a real server behind PgBouncer'

/** What there is to test on. */
export const databaseKinds: readonly DatabaseKind[] =
  realUrl === undefined ? ['embedded PostgreSQL'] : ['embedded PostgreSQL', 'a real server']

/** What whole suites run on: a pooler changes what a connection keeps, which every call may depend on. */
export const suiteKinds: readonly DatabaseKind[] =
  poolerUrl === undefined ? databaseKinds : [...databaseKinds, 'a real server behind PgBouncer']

export async function startDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind !== 'embedded PostgreSQL') {
    const pool = new pg.Pool({ connectionString: String(realUrl), max: 4 })
    const connectionString = String(kind === 'a real server' ? realUrl : poolerUrl)
    return { pool, target: { connectionString, maxConnections: 4 }, end: () => pool.end() }
  }
  const lite = await PGlite.create({ extensions: { vector } })
  const pool = embeddedPool(lite)
  return {
    pool,
    target: { pool },
    async end() {
      await pool.end()
      await lite.close()
    },
  }
}

/** The driver's pool on embedded PostgreSQL, as an application would make it. */
export function embeddedPool(lite: PGlite): pg.Pool {
  return new pg.Pool({ ...createPgConfig(lite), idleTimeoutMillis: 0 } as unknown as pg.PoolConfig)
}

/** A schema name that no other test has. */
export function freshSchema(): string {
  return `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
}

/** Makes a store by the SQL that is printed for a database administrator. */
export async function applyPrinted(pool: pg.Pool, options: PrintOptions): Promise<void> {
  await pool.query('SET client_min_messages = warning')
  await pool.query(printMigrations(options))
}

/** Removes a store with its roles. */
export async function dropSchema(pool: pg.Pool, schema: string): Promise<void> {
  const name = pg.escapeIdentifier(schema)
  await pool.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${name} CASCADE`)
  const { rows } = await pool.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY($1)',
    [[`${schema}_app`, `${schema}_admin`]],
  )
  for (const { rolname } of rows) {
    const role = pg.escapeIdentifier(rolname)
    await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  }
}

/** Opens a store, hands it to the test, and removes it afterwards, whatever happened. */
export async function withStore<T>(
  database: TestDatabase,
  options: PostgresStoreOptions,
  use: (backend: PostgresBackend, schema: string) => Promise<T>,
): Promise<T> {
  const schema = options.schema ?? freshSchema()
  try {
    const backend = await PostgresBackend.open({ ...database.target, ...options, schema })
    try {
      return await use(backend, schema)
    } finally {
      await backend.close()
    }
  } finally {
    await dropSchema(database.pool, schema)
  }
}
