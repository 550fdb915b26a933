import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { asRole, type Settings } from './support/application-role.js'
import { pretending } from './support/pretending-pool.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const tables = ['node', 'node_vector', 'episode', 'episode_vector'] as const

describe.each(databaseKinds)('row level security on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const as = <T>(role: string, settings: Settings, use: (client: pg.PoolClient) => Promise<T>) =>
    asRole(database.pool, role, settings, use)

  const filled = (use: (schema: string, backend: PostgresBackend) => Promise<void>) =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      const texts = { humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }
      await backend.insertNodes([
        { ...texts, id: 'one', tenantId: 'acme', userId: 'ada' },
        { ...texts, id: 'two', tenantId: 'acme' },
        { ...texts, id: 'one', tenantId: 'other', userId: 'bob' },
        { ...texts, id: 'own', userId: 'ada' },
      ])
      const messages = [{ role: 'user', content: 'x' }]
      await backend.insertEpisodes([
        { id: 'one', messages, tenantId: 'acme', userId: 'ada', embedding: [1, 0] },
        { id: 'two', messages, tenantId: 'acme', embedding: [1, 0] },
        { id: 'one', messages, tenantId: 'other', userId: 'bob', embedding: [1, 0] },
        { id: 'own', messages, userId: 'ada', embedding: [1, 0] },
      ])
      await use(schema, backend)
    })

  const seen = (schema: string, table: string, settings: Readonly<Record<string, string>>, role = 'app') =>
    as(`${schema}_${role}`, settings, async (client) => {
      const { rows } = await client.query<{ owner_key: string; id: string }>(
        `SELECT owner_key, id FROM ${schema}.${table} ORDER BY position`,
      )
      return rows.map(({ owner_key, id }) => `${owner_key}/${id}`)
    })

  it.each(tables)('shows a statement without WHERE the rows of the scope only: %s', (table) =>
    filled(async (schema) => {
      expect(await seen(schema, table, {}, 'admin')).toHaveLength(4)
      expect(await seen(schema, table, {})).toEqual([])
      expect(await seen(schema, table, { 'holdfast.owner_key': '', 'holdfast.user_id': '' })).toEqual([])
      expect(await seen(schema, table, { 'holdfast.owner_key': 't:acme' })).toEqual([
        't:acme/one',
        't:acme/two',
      ])
      expect(await seen(schema, table, { 'holdfast.user_id': 'ada' })).toEqual(['t:acme/one', 'u:ada/own'])
      expect(await seen(schema, table, { 'holdfast.owner_key': 'acme' })).toEqual([])
    }),
  )

  it.each(tables)('neither changes, deletes nor inserts rows of another scope: %s', (table) =>
    filled(async (schema) => {
      const role = `${schema}_app`
      const acme = { 'holdfast.owner_key': 't:acme' }
      const changed = (settings: Readonly<Record<string, string>>, sql: string) =>
        as(role, settings, async (client) => (await client.query(sql)).rowCount)
      const foreign = `WHERE owner_key = 't:other'`
      if (!table.endsWith('_vector')) {
        const touch = `UPDATE ${schema}.${table} SET record = record`
        expect(await changed(acme, `${touch} ${foreign}`)).toBe(0)
        expect(await changed(acme, touch)).toBe(2)
        expect(await changed({ 'holdfast.user_id': 'ada' }, touch)).toBe(2)
      }
      expect(await changed(acme, `DELETE FROM ${schema}.${table} ${foreign}`)).toBe(0)
      expect(await changed(acme, `DELETE FROM ${schema}.${table}`)).toBe(2)
      expect(await changed({}, `DELETE FROM ${schema}.${table}`)).toBe(0)
      expect(await changed({ 'holdfast.user_id': 'bob' }, `DELETE FROM ${schema}.${table}`)).toBe(1)
      const denied = { code: '42501' }
      const move = `UPDATE ${schema}.${table} SET owner_key = 't:other', id = 'moved'`
      await expect(changed(acme, move)).rejects.toMatchObject(denied)
      // A computed column takes no value.
      const columns = table.endsWith('_vector') ? 'owner_key, id, position, user_id, embedding, raw' : '*'
      const named = columns === '*' ? '' : `(${columns})`
      const copy = (key: string) =>
        `INSERT INTO ${schema}.${table} ${named} SELECT ${columns} FROM (SELECT (jsonb_populate_record(x, jsonb_build_object('owner_key', '${key}', 'id', 'new'))).* FROM ${schema}.${table} x LIMIT 1) AS copied`
      await expect(changed(acme, copy('t:other'))).rejects.toMatchObject(denied)
      await expect(changed({ 'holdfast.user_id': 'ada' }, copy('t:other'))).rejects.toMatchObject(denied)
      if (!table.endsWith('_vector')) expect(await changed(acme, copy('t:acme'))).toBe(1)
    }),
  )

  const fixed = [
    `owner_key = 't:other'`,
    `tenant_id = 'other'`,
    `user_id = 'bob'`,
    `id = 'one'`,
    'position = 9',
  ]

  it.each(tables)('lets no change carry a row to another owner, id or place: %s', (table) =>
    filled(async (schema) => {
      const refused = async (settings: Readonly<Record<string, string>>, sql: string) =>
        expect(as(`${schema}_app`, settings, (client) => client.query(sql))).rejects.toMatchObject({
          code: '42501',
        })
      const vectors = table.endsWith('_vector')
      for (const settings of [{ 'holdfast.user_id': 'ada' }, { 'holdfast.owner_key': 't:acme' }]) {
        for (const change of fixed) {
          if (vectors && change.startsWith('tenant_id')) continue
          await refused(settings, `UPDATE ${schema}.${table} SET ${change}`)
        }
        const whole = `owner_key = 't:other', ${vectors ? '' : `tenant_id = 'other',`} id = 'probe'`
        await refused(settings, `UPDATE ${schema}.${table} SET ${whole}`)
        if (vectors) await refused(settings, `UPDATE ${schema}.${table} SET embedding = embedding`)
      }
    }),
  )

  const strangers = [
    { owner_key: 't:acme', tenant_id: 'other', user_id: null },
    { owner_key: 't:acme', tenant_id: null, user_id: 'ada' },
    { owner_key: 't:acme', tenant_id: null, user_id: null },
    { owner_key: 'u:ada', tenant_id: 'acme', user_id: 'ada' },
    { owner_key: 'u:ada', tenant_id: null, user_id: 'bob' },
    { owner_key: 'u:ada', tenant_id: null, user_id: null },
  ]

  it.each(['node', 'episode'])('takes no row whose columns name another owner than its key: %s', (table) =>
    filled(async (schema) => {
      const insert = (columns: { readonly owner_key: string }) =>
        as(`${schema}_app`, { 'holdfast.owner_key': columns.owner_key }, (client) =>
          client.query(
            `INSERT INTO ${schema}.${table} SELECT (jsonb_populate_record(x, $1)).* FROM ${schema}.${table} x LIMIT 1`,
            [JSON.stringify({ ...columns, id: 'new' })],
          ),
        )
      for (const columns of strangers) {
        await expect(insert(columns)).rejects.toMatchObject({ code: '23514', constraint: `${table}_owner` })
      }
      for (const columns of [
        { owner_key: 't:acme', tenant_id: 'acme', user_id: 'bob' },
        { owner_key: 't:acme', tenant_id: 'acme', user_id: null },
        { owner_key: 'u:ada', tenant_id: null, user_id: 'ada' },
      ]) {
        expect((await insert(columns)).rowCount).toBe(1)
      }
    }),
  )

  it("replaces a tenant's record by one of another user, in the same place", () =>
    filled(async (schema, backend) => {
      const node = { humanContent: 'new', assistantContent: 'a', tenantId: 'acme', embedding: [0, 1] }
      const replaced = await backend.insertNodes(
        [
          { ...node, id: 'one', userId: 'bob' },
          { ...node, id: 'two' },
          { ...node, id: 'three' },
        ],
        { onConflict: 'replace' },
      )
      expect(replaced).toEqual({ inserted: 1, replaced: 2, ignored: 0 })
      for (const table of ['node', 'node_vector']) {
        expect(await seen(schema, table, { 'holdfast.owner_key': 't:acme' })).toEqual([
          't:acme/one',
          't:acme/two',
          't:acme/three',
        ])
        expect(await seen(schema, table, { 'holdfast.user_id': 'ada' })).toEqual(['u:ada/own'])
      }
      expect((await backend.getNodes({ userId: 'bob' })).map(({ humanContent }) => humanContent)).toEqual([
        'new',
        'q',
      ])
      expect(await backend.vectorSearch([0, 1], { tenantId: 'acme' }, { minScore: 0.9 })).toHaveLength(3)
      const episode = {
        id: 'one',
        messages: [{ role: 'user', content: 'y' }],
        tenantId: 'acme',
        userId: 'bob',
      }
      expect(await backend.insertEpisodes([episode], { onConflict: 'replace' })).toMatchObject({
        replaced: 1,
      })
      expect(await seen(schema, 'episode', { 'holdfast.user_id': 'ada' })).toEqual(['u:ada/own'])
    }))

  it('leaves the owner of the tables no way around it, except for a superuser', () =>
    filled(async (schema) => {
      const { rows } = await database.pool.query(
        `SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
         WHERE relnamespace = $1::regnamespace AND relname = ANY($2) ORDER BY relname`,
        [schema, tables],
      )
      expect(rows).toEqual(
        [...tables].sort().map((relname) => ({ relname, relrowsecurity: true, relforcerowsecurity: true })),
      )
      const roles = await database.pool.query(
        'SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = ANY($1)',
        [[`${schema}_app`, `${schema}_admin`]],
      )
      const harmless = { rolsuper: false, rolbypassrls: false, rolcanlogin: false }
      expect(roles.rows).toEqual([harmless, harmless])
    }))

  it('leaves nothing of a scope in the connection', () =>
    filled(async (_, backend) => {
      await backend.getNodes({ tenantId: 'acme' })
      const { rows } = await database.pool.query(
        `SELECT current_user = session_user AS same, current_setting('holdfast.owner_key', true) AS owner`,
      )
      expect(rows[0]).toMatchObject({ same: true })
      expect(rows[0]?.owner || '').toBe('')
    }))

  it('changes records of a user inside tenants, under the policies', () =>
    filled(async (_, backend) => {
      expect(await backend.updateNode({ userId: 'ada' }, 'one', { embedding: [0, 1] })).toBe(true)
      expect(await backend.vectorSearch([0, 1], { userId: 'ada' }, { minScore: 0.5 })).toHaveLength(1)
      expect(await backend.deleteScope({ userId: 'ada' })).toBe(4)
      expect(await backend.admin.listScopes()).toEqual([
        { scope: { tenantId: 'acme' }, nodes: 1, episodes: 1 },
        { scope: { tenantId: 'other' }, nodes: 1, episodes: 1 },
        { scope: { userId: 'bob' }, nodes: 1, episodes: 1 },
      ])
    }))

  it('can be left out', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: false }, async (backend, schema) => {
      expect(backend.rowLevelSecurity).toBe(false)
      await backend.insertNodes([
        { humanContent: 'q', assistantContent: 'a', tenantId: 'acme', embedding: [1, 0] },
        { humanContent: 'q', assistantContent: 'a', tenantId: 'other', embedding: [1, 0] },
      ])
      expect(await backend.vectorSearch([1, 0], { tenantId: 'acme' })).toHaveLength(1)
      const { rows } = await database.pool.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [
        `${schema}_app`,
      ])
      expect(rows).toEqual([])
    }))

  it('warns a user who may make no roles, or refuses when it is a must', async () => {
    const schema = freshSchema()
    const role = `${schema}_plain`
    await database.pool.query(`CREATE ROLE ${role} NOLOGIN; CREATE SCHEMA ${schema} AUTHORIZATION ${role}`)
    const pool = pretending(database.pool, role)
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
    const open = (rowLevelSecurity: 'auto' | true) =>
      PostgresBackend.open({ pool, schema, dimensions: 2, rowLevelSecurity, logger })
    try {
      await expect(open(true)).rejects.toMatchObject({ code: 'CONNECTION' })
      expect(warnings).toEqual([])
      const backend = await open('auto')
      expect(backend.rowLevelSecurity).toBe(false)
      expect(warnings).toEqual([expect.stringContaining('row level security could not be set up')])
      await backend.insertNode({ humanContent: 'q', assistantContent: 'a', tenantId: 'acme' })
      expect(await backend.countNodes({ tenantId: 'acme' })).toBe(1)
      await backend.close()
    } finally {
      await dropSchema(database.pool, schema)
      await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})
