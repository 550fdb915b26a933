import type pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { asApplication, attempt, type Outcome, type Settings } from './application-role.js'
import {
  type DatabaseKind,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
} from './test-database.js'

export const scopedTables = ['node', 'node_vector', 'node_words', 'episode', 'episode_vector'] as const

/** Rows in each of the tables. */
export const acmeRows = 3
export const rivalRows = 200
/** Of all tenants but acme. */
export const foreignRows = 4000

/** What tests do with the tenants' store. */
export interface TenantsStore {
  /** As a user with every privilege. */
  readonly pool: pg.Pool
  readonly schema: string
  /** Runs SQL as the application role. */
  readonly as: <T>(settings: Settings, use: (client: pg.PoolClient) => Promise<T>) => Promise<T>
  /** What one statement of the application role ends in. */
  readonly outcome: (settings: Settings, sql: string) => Promise<Outcome>
}

/** To be called in a `describe`: its tests share a store that {@link fillTenants} has made. */
export function tenantsStore(kind: DatabaseKind): TenantsStore {
  let database: TestDatabase
  let schema: string
  beforeAll(async () => {
    database = await startDatabase(kind)
    schema = await fillTenants(database)
  })
  afterAll(async () => {
    await dropSchema(database.pool, schema)
    await database.end()
  })
  const as: TenantsStore['as'] = (settings, use) => asApplication(database.pool, schema, settings, use)
  return {
    get pool() {
      return database.pool
    },
    get schema() {
      return schema
    },
    as,
    outcome: (settings, sql) => as(settings, (client) => attempt(client, sql)),
  }
}

/** Makes a store of dimension 2 in which acme has few records, and rival and many others have the same ones. */
async function fillTenants(database: TestDatabase): Promise<string> {
  const schema = freshSchema()
  await using backend = await PostgresBackend.open({
    ...database.target,
    ...{ schema, dimensions: 2, rowLevelSecurity: true },
  })
  const ids = ['one', 'two', 'three']
  const owned = ids.map((id) => ({ id, tenantId: 'acme', embedding: [1, 0] }))
  await backend.insertNodes(owned.map((each) => ({ ...each, humanContent: 'q', assistantContent: 'a' })))
  await backend.insertEpisodes(owned.map((each) => ({ ...each, messages: [{ role: 'user', content: 'x' }] })))
  // Copies of a row. With few tenants the planner had better read everything.
  for (const table of scopedTables) {
    const tenant = `CASE WHEN i <= ${rivalRows} THEN 'rival' ELSE 'other' || i % 190 END`
    const change = `jsonb_build_object('owner_key', 't:' || ${tenant}, 'id', 'r' || i, 'position', 1000 + i)`
    const owner = /_(vector|words)$/.test(table) ? '' : ` || jsonb_build_object('tenant_id', ${tenant})`
    const first = `WHERE x.position = (SELECT min(position) FROM ${schema}.${table})`
    const copies = copyRows(
      `${schema}.${table}`,
      `${change}${owner}`,
      `, generate_series(1, ${foreignRows}) i ${first}`,
    )
    await database.pool.query(copies)
    await database.pool.query(`ANALYZE ${schema}.${table}`)
  }
  return schema
}

/**
 * SQL that inserts changed copies of rows.
 * @param change JSON in SQL: the columns that are other ones.
 * @param which what follows the table `x` in the FROM clause.
 */
export function copyRows(table: string, change: string, which: string): string {
  // What is computed from a vector cannot be given.
  const columns = table.endsWith('_vector') ? 'owner_key, id, position, user_id, embedding, raw' : '*'
  const target = columns === '*' ? '' : ` (${columns})`
  return `INSERT INTO ${table}${target} SELECT ${columns} FROM (SELECT (jsonb_populate_record(x, ${change})).* FROM ${table} x ${which}) copied`
}
