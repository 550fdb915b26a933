import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from '../support/test-database.js'
import { visitsOf, watching } from '../support/watched-plans.js'

const mine = ['apple pie', 'pear', 'apple apple tart', ''].map((humanContent, at) => ({
  ...{ id: `n${at}`, tenantId: 'acme', userId: 'ada' },
  ...{ humanContent, assistantContent: 'filler' },
}))

const theirs = Array.from({ length: 600 }, (_, at) => ({
  ...{ id: `n${at}`, tenantId: `other${at % 3}`, userId: at % 2 === 0 ? 'bob' : null },
  ...{ humanContent: 'apple pear secret', assistantContent: 'tart '.repeat(at % 5) },
}))

describe.each(databaseKinds)('the words of others on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it.each([{ tenantId: 'acme' }, { userId: 'ada' }])('change no score and are not visited: %j', (scope) =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes(mine)
      const query = 'apple secret, tart'
      const alone = await backend.keywordSearch(query, scope)
      expect(alone.map(({ node }) => node.id)).toEqual(['n2', 'n0'])
      await backend.insertNodes(theirs)
      const watched = watching(database.pool)
      const second = await PostgresBackend.open({ pool: watched.pool, schema, migrate: 'check' })
      onTestFinished(() => second.close())
      watched.plans.length = 0
      expect(await second.keywordSearch(query, scope)).toEqual(alone)
      const visits = watched.plans.flatMap(visitsOf).filter(({ relation }) => relation === 'node_words')
      expect(visits).toEqual([expect.objectContaining({ kind: 'Index Scan', rows: mine.length, removed: 0 })])
      expect(visits[0]?.condition).toContain('tenantId' in scope ? 'owner_key = ' : 'user_id = ')
      // The control: to those who may see them the others' nodes are there.
      expect(await second.keywordSearch('secret', { tenantId: 'other0' }, { topK: 1000 })).toHaveLength(200)
    }),
  )

  it('are out of reach for a statement without a WHERE', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes([...mine, ...theirs])
      const table = `${schema}.node_words`
      const as = async (role: string, settings: Readonly<Record<string, string>>, sql: string) => {
        const client = await database.pool.connect()
        try {
          await client.query(`BEGIN; SET LOCAL ROLE ${schema}_${role}`)
          for (const [name, value] of Object.entries(settings)) {
            await client.query('SELECT set_config($1, $2, true)', [name, value])
          }
          return (await client.query(sql)).rowCount
        } finally {
          await client.query('ROLLBACK')
          client.release()
        }
      }
      const acme = { 'holdfast.owner_key': 't:acme' }
      const ada = { 'holdfast.user_id': 'ada' }
      expect(await as('admin', {}, `SELECT 1 FROM ${table}`)).toBe(604)
      for (const sql of [`SELECT 1 FROM ${table}`, `UPDATE ${table} SET w0 = NULL`, `DELETE FROM ${table}`]) {
        expect(await as('app', {}, sql), sql).toBe(0)
        expect(await as('app', { 'holdfast.owner_key': '', 'holdfast.user_id': '' }, sql), sql).toBe(0)
        for (const scope of [acme, ada]) expect(await as('app', scope, sql), sql).toBe(4)
        expect(await as('app', { 'holdfast.user_id': 'bob' }, sql), sql).toBe(300)
      }
      const denied = { code: '42501' }
      for (const change of [`owner_key = 't:other0'`, 'position = 9', `user_id = 'bob'`]) {
        await expect(as('app', acme, `UPDATE ${table} SET ${change}`), change).rejects.toMatchObject(denied)
      }
      const insert = (owner: string) =>
        `INSERT INTO ${table} (owner_key, position, user_id, length) VALUES ('${owner}', 99999, 'ada', 1)`
      await expect(as('app', acme, insert('t:other0'))).rejects.toMatchObject(denied)
      await expect(as('app', ada, insert('t:acme'))).rejects.toMatchObject(denied)
      expect(await as('app', acme, insert('t:acme'))).toBe(1)
    }))

  it('are there for exactly the nodes that are there', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      const unmatched = async () => {
        const { rows } = await database.pool.query(
          `SELECT count(n.*)::int AS nodes, count(w.*)::int AS words, count(*)::int AS either
           FROM ${schema}.node n FULL JOIN ${schema}.node_words w
             ON w.owner_key = n.owner_key AND w.position = n.position AND w.user_id IS NOT DISTINCT FROM n.user_id`,
        )
        return rows[0]
      }
      await backend.insertNodes([...mine, ...theirs])
      await backend.insertNodes(
        mine.slice(0, 2).map((node) => ({ ...node, userId: 'bob' })),
        { onConflict: 'replace' },
      )
      await backend.deleteNodes({ tenantId: 'other0' }, ['n0', 'n3'])
      await backend.deleteNodes({ userId: 'bob' }, ['n2', 'n4'])
      expect(await unmatched()).toEqual({ nodes: 600, words: 600, either: 600 })
      await backend.deleteScope({ userId: 'bob' })
      await backend.deleteScope({ tenantId: 'other1' })
      expect(await unmatched()).toEqual({ nodes: 201, words: 201, either: 201 })
    }))
})
