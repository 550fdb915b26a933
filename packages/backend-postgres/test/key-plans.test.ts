import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectDatabase } from '../src/index.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const tables = ['node', 'episode', 'node_vector', 'episode_vector']

describe.each(databaseKinds)('plans by key, on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('look a record up by its whole key while a table is empty: foreign keys keep such a plan', async () => {
    await withStore(database, { dimensions: 4 }, async (_, schema) => {
      let client = await database.pool.connect()
      try {
        for (const table of tables) {
          expect(await conditionOf(client, schema, table), table).toContain('(id = ')
        }
        // Control: an index that is made later wins, so the order in which they are made decides.
        await client.query('BEGIN')
        await client.query(`CREATE INDEX ON ${schema}.node (owner_key, position)`)
        expect(await conditionOf(client, schema, 'node')).not.toContain('(id = ')
        await client.query('ROLLBACK')
        // What the doctor prints for an index that is gone does not turn the order round.
        await client.query(`DROP INDEX ${schema}.node_owner_position`)
        client.release()
        const { findings } = await inspectDatabase({ ...database.target, schema })
        const missing = findings.find(({ code }) => code === 'INDEX_MISSING')
        expect(missing?.remedies).toHaveLength(2)
        for (const remedy of missing?.remedies ?? []) await database.pool.query(remedy)
        client = await database.pool.connect()
        expect(await conditionOf(client, schema, 'node')).toContain('(id = ')
      } finally {
        client.release()
      }
    })
  })
})

/** The index condition of the plan that a connection keeps for the check of a foreign key. */
async function conditionOf(client: pg.PoolClient, schema: string, table: string): Promise<string> {
  const query = `SELECT 1 FROM ONLY ${schema}.${table} x WHERE owner_key = $1 AND id = $2 FOR KEY SHARE OF x`
  await client.query("SET plan_cache_mode = 'force_generic_plan'")
  await client.query(`PREPARE by_key(text, text) AS ${query}`)
  const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>("EXPLAIN EXECUTE by_key('a', 'b')")
  await client.query('DEALLOCATE by_key')
  await client.query('RESET plan_cache_mode')
  const lines = rows.map((row) => row['QUERY PLAN'].trim())
  return lines.find((line) => line.startsWith('Index Cond: ')) ?? ''
}
