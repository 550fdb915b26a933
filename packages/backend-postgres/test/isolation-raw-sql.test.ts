import { describe, expect, it } from 'vitest'
import { attempt } from './support/application-role.js'
import { databaseKinds } from './support/test-database.js'
import {
  acmeRows,
  copyRows,
  foreignRows,
  scopedTables as tables,
  tenantsStore,
} from './support/two-tenants.js'

/** Words have no id of their own; the records they belong to stand at 1000 and the number in their id. */
function on(table: string, sql: (table: string) => string): string {
  if (table !== 'node_words') return sql(table)
  return sql(table)
    .replaceAll("id = 'r7'", 'position = 1007')
    .replace(/\bid\b/g, 'position')
}

const acme = { 'holdfast.owner_key': 't:acme' }

/** Statements that give or count rows, for any table; each sees `acmeRows` rows with the scope of acme. */
const reads: readonly (readonly [string, (table: string) => string])[] = [
  ['SELECT', (t) => `SELECT * FROM ${t}`],
  ['TABLE', (t) => `TABLE ${t}`],
  ['COPY of a table', (t) => `COPY ${t} TO STDOUT`],
  ['COPY of a query', (t) => `COPY (SELECT * FROM ${t}) TO STDOUT`],
  ['a condition that is always true', (t) => `SELECT * FROM ${t} WHERE owner_key = 't:acme' OR true`],
  ['a common table expression', (t) => `WITH x AS MATERIALIZED (TABLE ${t}) TABLE x`],
  ['a sample', (t) => `SELECT * FROM ${t} TABLESAMPLE SYSTEM (100)`],
  ['places on the disk', (t) => `SELECT ctid, xmin, tableoid FROM ${t} WHERE ctid >= '(0,0)'`],
  ['locks', (t) => `SELECT id FROM ${t} FOR KEY SHARE`],
  ['a row as a whole', (t) => `SELECT x::text FROM ${t} x`],
  ['a set operation', (t) => `TABLE ${t} EXCEPT ALL (SELECT * FROM ${t} WHERE false)`],
  ['DELETE', (t) => `DELETE FROM ${t}`],
  ['DELETE RETURNING', (t) => `DELETE FROM ${t} RETURNING *`],
  ['DELETE in an expression', (t) => `WITH x AS (DELETE FROM ${t} RETURNING *) TABLE x`],
  ['DELETE USING', (t) => `DELETE FROM ${t} x USING ${t} y WHERE x.id = y.id AND x.owner_key = y.owner_key`],
]

/** What must see nothing of another scope. */
const foreignReads: readonly (readonly [string, (table: string) => string])[] = [
  ['by its key', (t) => `SELECT * FROM ${t} WHERE owner_key = 't:rival'`],
  ['by a pattern', (t) => `SELECT * FROM ${t} WHERE owner_key LIKE '%rival%'`],
  ['by its id', (t) => `SELECT * FROM ${t} WHERE id = 'r7'`],
  ['by exclusion', (t) => `SELECT * FROM ${t} WHERE owner_key <> 't:acme'`],
  [
    'by a join',
    (t) =>
      `SELECT b.* FROM ${t} a CROSS JOIN LATERAL (SELECT * FROM ${t} b WHERE b.owner_key <> a.owner_key) b`,
  ],
  ['DELETE', (t) => `DELETE FROM ${t} WHERE owner_key = 't:rival' RETURNING *`],
  ['DELETE in an expression', (t) => `WITH x AS (DELETE FROM ${t} WHERE id = 'r7' RETURNING *) TABLE x`],
  ['locks', (t) => `SELECT id FROM ${t} WHERE owner_key = 't:rival' FOR UPDATE`],
]

describe.each(databaseKinds)('raw SQL as the application role on %s', (kind) => {
  const tenants = tenantsStore(kind)
  const { as, outcome } = tenants

  it('has another tenant to keep apart', async () => {
    for (const table of tables) {
      const { rows } = await tenants.pool.query(`SELECT count(*)::int AS n FROM ${tenants.schema}.${table}`)
      expect(rows).toEqual([{ n: acmeRows + foreignRows }])
    }
  })

  it.each(reads)('sees only its own rows: %s', async (name, sql) => {
    for (const table of tables) {
      // The application role may not lock rows of a table that it may not change.
      const mayNot = name === 'locks' && table.endsWith('_vector')
      const expected = (rows: number) => (mayNot ? { code: '42501' } : { rows })
      expect(await outcome(acme, on(table, sql)), table).toMatchObject(expected(acmeRows))
      expect(await outcome({}, on(table, sql)), table).toMatchObject(expected(0))
      expect(await outcome({ 'holdfast.user_id': 'nobody' }, on(table, sql)), table).toMatchObject(
        expected(0),
      )
    }
  })

  it.each(foreignReads)('finds nothing of another tenant %s', async (name, sql) => {
    for (const table of tables) {
      const mayNot = name === 'locks' && table.endsWith('_vector')
      expect(await outcome(acme, on(table, sql)), table).toMatchObject(
        mayNot ? { code: '42501' } : { rows: 0 },
      )
    }
    // A control: with that tenant's scope the statement finds something.
    const rival = { 'holdfast.owner_key': 't:rival' }
    if (!/exclusion|join/.test(name)) {
      expect((await outcome(rival, sql('node'))).rows, name).toBeGreaterThan(0)
    }
  })

  it('counts only its own', async () => {
    for (const table of tables) {
      for (const sql of [
        `SELECT count(*)::int FROM ${table}`,
        `SELECT max(n)::int FROM (SELECT row_number() OVER () AS n FROM ${table}) x`,
      ]) {
        expect((await outcome(acme, sql)).first).toBe(acmeRows)
      }
    }
  })

  it('changes nothing of another tenant', async () => {
    for (const table of ['node', 'node_words', 'episode']) {
      const column = table === 'node_words' ? 'length' : 'record'
      const all = `UPDATE ${table} SET ${column} = ${column}`
      expect(await outcome(acme, all)).toMatchObject({ rows: acmeRows })
      expect(await outcome({}, all)).toMatchObject({ rows: 0 })
      for (const sql of [
        `${all} WHERE owner_key = 't:rival' RETURNING *`,
        `WITH x AS (${all} WHERE id = 'r7' RETURNING *) TABLE x`,
        `UPDATE ${table} x SET ${column} = y.${column} FROM ${table} y WHERE x.owner_key <> y.owner_key`,
        `MERGE INTO ${table} x USING (VALUES ('t:rival')) v(k) ON x.owner_key = v.k WHEN MATCHED THEN DELETE`,
      ]) {
        expect(
          await outcome(
            acme,
            on(table, () => sql),
          ),
          sql,
        ).toMatchObject({ rows: 0 })
      }
    }
  })

  /** An insert that copies a row of acme with another key and id. */
  const insert = (table: string, key: string, id: string, end = '') => {
    const change = (rest: string) => `jsonb_build_object('owner_key', '${key}', ${rest})`
    if (table === 'node_words') {
      const place = change(`'position', ${id === 'r7' ? 1007 : 99_999}`)
      return `${copyRows(table, place, 'LIMIT 1')} ${on(table, () => end)}`
    }
    const owner = table.endsWith('_vector') ? '' : `, 'tenant_id', '${key.slice(2)}'`
    return `${copyRows(table, change(`'id', '${id}'${owner}`), "WHERE id = 'one'")} ${end}`
  }

  it('inserts nothing for another tenant, and cannot tell what that one has', async () => {
    for (const table of tables) {
      for (const end of [
        '',
        'ON CONFLICT DO NOTHING',
        'ON CONFLICT (owner_key, id) DO NOTHING',
        'RETURNING *',
      ]) {
        const taken = await outcome(acme, insert(table, 't:rival', 'r7', end))
        const free = await outcome(acme, insert(table, 't:rival', 'no such id', end))
        expect(taken, end).toMatchObject({ code: '42501' })
        expect(taken, end).toEqual(free)
        expect(taken.said).not.toMatch(/r7|rival/)
      }
    }
    // Its own rows it may insert, also with ids that the other tenant has.
    for (const table of ['node', 'episode']) {
      expect(await outcome(acme, insert(table, 't:acme', 'r7'))).toMatchObject({ rows: 1 })
      expect(await outcome(acme, insert(table, 't:acme', 'one', 'ON CONFLICT DO NOTHING'))).toMatchObject({
        rows: 0,
      })
      expect(await outcome({}, insert(table, 't:acme', 'new'))).toMatchObject({ rows: 0 })
    }
    const values = `INSERT INTO episode VALUES ('t:acme', 'x', 1, 'acme', NULL, '{}')`
    expect(await outcome(acme, values)).toMatchObject({ rows: 1 })
    expect(await outcome({}, values)).toMatchObject({ code: '42501' })
    expect(await outcome({ 'holdfast.user_id': 'acme' }, values)).toMatchObject({ code: '42501' })
  })

  it('learns nothing from a key that is taken', async () => {
    const duplicate = await outcome(acme, insert('node', 't:acme', 'two'))
    expect(duplicate).toMatchObject({ code: '23505' })
    expect(duplicate.said).not.toMatch(/rival|t:acme/)
    const update = 'ON CONFLICT (owner_key, id) DO UPDATE SET'
    expect(
      await outcome(acme, insert('node', 't:acme', 'two', `${update} record = EXCLUDED.record`)),
    ).toMatchObject({ rows: 1 })
    expect(
      await outcome(acme, insert('node', 't:acme', 'two', `${update} owner_key = 't:rival'`)),
    ).toMatchObject({ code: '42501' })
    expect(
      await outcome(
        acme,
        insert(
          'node',
          't:acme',
          'two',
          `${update} record = (SELECT record FROM node WHERE owner_key = 't:rival' LIMIT 1)`,
        ),
      ),
    ).toMatchObject({ code: '23502' })
  })

  it('learns nothing from a foreign key', async () => {
    for (const table of ['node_vector', 'episode_vector']) {
      const theirs = await outcome(acme, insert(table, 't:acme', 'r7'))
      const nobodys = await outcome(acme, insert(table, 't:acme', 'no such id'))
      expect(theirs).toMatchObject({ code: '23503' })
      expect(theirs.said?.replaceAll('r7', 'no such id')).toBe(nobodys.said)
      expect(theirs.said).not.toMatch(/rival/)
    }
  })

  it('calls no function of its own with rows of another tenant', async () => {
    const notices: string[] = []
    await as(acme, async (client) => {
      const listener = ({ message }: { message?: string | undefined }) => notices.push(String(message))
      client.on('notice', listener)
      await client.query(
        `CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$`,
      )
      for (const table of tables) {
        expect((await client.query(`SELECT * FROM ${table} WHERE pg_temp.spy(owner_key)`)).rowCount).toBe(
          acmeRows,
        )
        const trap = `SELECT * FROM ${table} WHERE 1 / (CASE WHEN owner_key = 't:rival' THEN 0 ELSE 1 END) = 1`
        expect(await attempt(client, trap)).toMatchObject({ rows: acmeRows })
      }
      client.removeListener('notice', listener)
    })
    expect(notices).toEqual(Array(acmeRows * tables.length).fill('t:acme'))
  })

  it('takes its own scope for a prepared statement each time', () =>
    as(acme, async (client) => {
      await client.query('PREPARE counting AS SELECT count(*)::int AS n FROM node')
      const counted = async () => (await client.query<{ n: number }>('EXECUTE counting')).rows[0]?.n
      for (let time = 0; time < 7; time += 1) expect(await counted()).toBe(acmeRows)
      await client.query("SELECT set_config('holdfast.owner_key', '', true)")
      expect(await counted()).toBe(0)
      await client.query('DEALLOCATE counting')
    }))
})
