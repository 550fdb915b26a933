import { PostgresBackend } from '../../src/index.js'
import { freshSchema, type TestDatabase } from './test-database.js'

export const scopedTables = ['node', 'node_vector', 'episode', 'episode_vector'] as const

/** Rows in each of the tables. */
export const acmeRows = 3
export const rivalRows = 200
/** Of all tenants but acme. */
export const foreignRows = 4000

/** Makes a store of dimension 2 in which acme has few records, and rival and many others have the same ones. */
export async function fillTenants(database: TestDatabase): Promise<string> {
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
    const owner = table.endsWith('_vector') ? '' : ` || jsonb_build_object('tenant_id', ${tenant})`
    await database.pool.query(
      `INSERT INTO ${schema}.${table} SELECT (jsonb_populate_record(x, ${change}${owner})).*
       FROM ${schema}.${table} x, generate_series(1, ${foreignRows}) i WHERE x.id = 'one'`,
    )
    await database.pool.query(`ANALYZE ${schema}.${table}`)
  }
  return schema
}
