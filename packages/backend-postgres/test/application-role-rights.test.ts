import { describe, expect, it } from 'vitest'
import type { Settings } from './support/application-role.js'
import { databaseKinds } from './support/test-database.js'
import { acmeRows, rivalRows, scopedTables as tables, tenantsStore } from './support/two-tenants.js'

const acme = { 'holdfast.owner_key': 't:acme' }

describe.each(databaseKinds)('what the application role may do on %s', (kind) => {
  const tenants = tenantsStore(kind)
  const { as, outcome } = tenants

  interface Plan {
    readonly 'Node Type': string
    readonly 'Rows Removed by Filter'?: number
    readonly 'Rows Removed by Index Recheck'?: number
    readonly 'Rows Removed by Join Filter'?: number
    readonly 'Actual Rows': number
    readonly 'Actual Loops': number
    readonly Plans?: readonly Plan[]
  }
  const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
  const visited = async (settings: Settings, sql: string) => {
    const explained = await as(settings, async (client) => {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] | string }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
      )
      const plan = rows[0]?.['QUERY PLAN'] ?? '[]'
      return (typeof plan === 'string' ? JSON.parse(plan) : plan) as readonly { Plan: Plan }[]
    })
    const scans = explained
      .flatMap(({ Plan }) => nodesOf(Plan))
      .filter((node) => node['Node Type'].includes('Scan'))
    expect(scans.length).toBeGreaterThan(0)
    return Math.max(
      ...scans.map(
        (scan) =>
          (scan['Actual Rows'] +
            (scan['Rows Removed by Filter'] ?? 0) +
            (scan['Rows Removed by Index Recheck'] ?? 0) +
            (scan['Rows Removed by Join Filter'] ?? 0)) *
          scan['Actual Loops'],
      ),
    )
  }

  it('visits no row of another tenant, even without a condition', async () => {
    // Index entries of rows that other tests inserted and rolled back would be counted as visited.
    for (const table of tables)
      await tenants.pool.query(`VACUUM (INDEX_CLEANUP on) ${tenants.schema}.${table}`)
    for (const table of tables) {
      for (const sql of [
        `SELECT * FROM ${table}`,
        `SELECT * FROM ${table} WHERE owner_key = 't:acme' ORDER BY position`,
        `SELECT count(*) FROM ${table} WHERE owner_key = 't:rival'`,
        `SELECT * FROM ${table} WHERE ${table === 'node_words' ? 'position = 1007' : "id = 'r7'"}`,
        `DELETE FROM ${table}`,
        ...(table.endsWith('_vector')
          ? [`SELECT id FROM ${table} WHERE owner_key = 't:acme' ORDER BY embedding <=> '[1,0]' LIMIT 5`]
          : []),
      ]) {
        expect(await visited(acme, sql), sql).toBeLessThanOrEqual(acmeRows)
        expect(await visited({}, sql), sql).toBe(0)
      }
    }
    // A control: what is counted are the rows that a scan looks at.
    const rival = { 'holdfast.owner_key': 't:rival' }
    expect(await visited(rival, 'SELECT * FROM node')).toBeGreaterThanOrEqual(rivalRows)
  })

  it('shows no statistics of what the columns hold', async () => {
    const of = `FROM pg_stats WHERE schemaname = '${tenants.schema}' AND tablename IN ('node', 'node_vector', 'node_words', 'episode', 'episode_vector')`
    expect(await outcome(acme, `SELECT * ${of}`)).toMatchObject({ rows: 0 })
    expect(
      await outcome(
        acme,
        `SELECT * ${of.replace('pg_stats', 'pg_stats_ext')}`.replace(/ AND tablename.*/, ''),
      ),
    ).toMatchObject({ rows: 0 })
    expect(await outcome(acme, 'SELECT * FROM pg_statistic')).toMatchObject({ code: '42501' })
    expect((await tenants.pool.query(`SELECT 1 ${of}`)).rowCount).toBeGreaterThan(10)
  })

  const denied = [
    'TRUNCATE node',
    'TRUNCATE episode CASCADE',
    'COPY node TO PROGRAM $$cat$$',
    `COPY node TO '/tmp/x'`,
    'ALTER TABLE node DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE node NO FORCE ROW LEVEL SECURITY',
    'DROP POLICY scope_select ON node',
    'CREATE POLICY mine ON node USING (true)',
    'DROP TABLE node_vector',
    'CREATE INDEX ON node (record)',
    'CREATE TABLE mine ()',
    'CREATE VIEW mine AS TABLE node',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    'CREATE TEMP TABLE t (a text, b text, FOREIGN KEY (a, b) REFERENCES node)',
    'CREATE TRIGGER mine BEFORE INSERT ON node EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    `SELECT setval('record_position', 1)`,
    'SELECT last_value FROM record_position',
    `UPDATE setting SET value = 'x'`,
    `INSERT INTO setting VALUES ('a', 'b')`,
    `DELETE FROM migration`,
    `UPDATE node SET owner_key = 't:rival'`,
    `UPDATE node_vector SET embedding = embedding`,
    `SELECT pg_read_file('PG_VERSION')`,
    'CREATE ROLE mine',
    'CREATE SCHEMA mine',
    'SET row_security = off; SELECT * FROM node',
    `ALTER ROLE CURRENT_USER BYPASSRLS`,
  ] as const
  it.each(denied)('may not: %s', async (sql) => {
    const { code } = await outcome(acme, sql)
    // A temporary table cannot refer to a permanent one, whoever asks.
    expect(code).toBe(sql.startsWith('CREATE TEMP') ? '42P16' : '42501')
  })

  it('passes on no privilege', () =>
    as(acme, async (client) => {
      await client.query('GRANT SELECT ON node TO PUBLIC')
      const { rows } = await client.query("SELECT has_table_privilege('public', 'node', 'SELECT') AS passed")
      expect(rows).toEqual([{ passed: false }])
    }))

  it('copies nothing in', async () => {
    expect(await outcome(acme, 'COPY node FROM STDIN')).toMatchObject({ code: '0A000' })
  })

  it("has no right on the operators' role, nor on the owner's", async () => {
    const { rows } = await tenants.pool.query(
      `SELECT pg_has_role(a.oid, b.oid, 'MEMBER') AS operator, pg_has_role(a.oid, c.relowner, 'MEMBER') AS owner,
         has_schema_privilege(a.oid, c.relnamespace, 'CREATE') AS create, has_table_privilege(a.oid, c.oid, 'TRUNCATE') AS truncate,
         has_database_privilege(a.oid, current_database(), 'CREATE') AS database, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin
       FROM pg_roles a, pg_roles b, pg_class c
       WHERE a.rolname = $1 AND b.rolname = $2 AND c.oid = $3::regclass`,
      [`${tenants.schema}_app`, `${tenants.schema}_admin`, `${tenants.schema}.node`],
    )
    const no = { operator: false, owner: false, create: false, truncate: false, database: false }
    expect(rows).toEqual([{ ...no, rolcreaterole: false, rolcreatedb: false, rolcanlogin: false }])
  })

  /** The boundary, as docs/security.md states it: policies take rows away after the index has found them. */
  it('may learn with EXPLAIN which ids another tenant has, as whoever sends raw SQL', async () => {
    const byKey = { ...acme, enable_seqscan: 'off', enable_bitmapscan: 'off' }
    const found = (id: string) =>
      visited(byKey, `SELECT 1 FROM node WHERE owner_key = 't:rival' AND id = '${id}'`)
    expect([await found('r7'), await found('none')]).toEqual([1, 0])
  })

  /** The boundary, as docs/security.md states it: whoever may send SQL may name any scope. */
  it('may name another scope, and so may whoever sends raw SQL', () =>
    as(acme, async (client) => {
      await client.query("SELECT set_config('holdfast.owner_key', 't:rival', true)")
      expect((await client.query('SELECT * FROM node')).rowCount).toBe(rivalRows)
    }))
})
