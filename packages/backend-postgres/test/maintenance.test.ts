import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { pretending } from './support/pretending-pool.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

describe.each(databaseKinds)('verify, stats and compact on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const filled = (use: (schema: string, backend: PostgresBackend) => Promise<void>) =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      const node = { humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }
      const nodes = Array.from({ length: 1200 }, (_, index) => ({
        ...node,
        id: `n${index}`,
        tenantId: `t${index % 7}`,
      }))
      await backend.insertNodes(nodes)
      await backend.insertEpisodes([{ id: 'e', messages: [], userId: 'ada' }])
      await use(schema, backend)
    })
  const query = (sql: string): Promise<pg.QueryResult> => database.pool.query(sql)

  it('finds nothing wrong with a sound store, and counts all of it', () =>
    filled(async (_, backend) => {
      expect(await backend.admin.verify()).toEqual({ problems: [] })
      const stats = await backend.admin.stats()
      expect(stats).toMatchObject({ nodes: 1200, episodes: 1, unowned: 0 })
      expect(stats.bytes).toBeGreaterThan(100_000)
    }))

  it.each([
    [`UPDATE S.node SET record = '{"id": 1' WHERE id = 'n700'`, /^node n700 at \d+: /],
    [`UPDATE S.episode SET record = '[]'`, /^episode e at \d+: /],
    [
      `UPDATE S.node_vector SET user_id = 'eve' WHERE id = 'n3'`,
      /node_vector: 1 of its rows name another user/,
    ],
    ['ALTER TABLE S.node DISABLE ROW LEVEL SECURITY', /S\.node: row level security is off/],
    [`UPDATE S.node_vector SET raw = '\\x00' WHERE id = 'n3'`, /n3|vector/],
  ])('says what is wrong after %s', (sql, problem) =>
    filled(async (schema, backend) => {
      await query(sql.replaceAll('S.', `${schema}.`))
      const { problems } = await backend.admin.verify()
      expect(problems.map((each) => each.replaceAll(schema, 'S'))).toEqual([expect.stringMatching(problem)])
    }),
  )

  it('gives back the space of deleted rows and gathers statistics', () =>
    filled(async (schema, backend) => {
      await backend.deleteScope({ tenantId: 't3' })
      const fingerprint = await backend.admin.fingerprint()
      const size = async () => {
        const { rows } = await query(`SELECT reltuples FROM pg_class WHERE oid = '${schema}.node'::regclass`)
        return rows[0]?.reltuples
      }
      expect(await size()).not.toBe(fingerprint.nodes)
      await backend.admin.compact()
      expect(await size()).toBe(fingerprint.nodes)
      const { rows } = await query(
        `SELECT count(*)::int AS n FROM pg_stats WHERE schemaname = '${schema}' AND tablename = 'node_words'`,
      )
      expect(rows[0]?.n).toBeGreaterThan(2)
      expect(await backend.admin.fingerprint()).toEqual(fingerprint)
    }))

  it('needs no login that owns the tables, except for compact, and writes nothing when read-only', () =>
    filled(async (schema) => {
      const role = `${schema}_plain`
      await query(`CREATE ROLE ${role} NOLOGIN; GRANT ${schema}_app, ${schema}_admin TO ${role}`)
      try {
        const pool = pretending(database.pool, role)
        const backend = await PostgresBackend.open({ pool, schema, migrate: 'check' })
        await expect(backend.admin.compact()).rejects.toMatchObject({
          code: 'CONNECTION',
          message: expect.stringMatching(/may not vacuum episode, /),
        })
        expect(await backend.admin.verify()).toEqual({ problems: [] })
        expect(await backend.admin.stats()).toMatchObject({ nodes: 1200 })
        const model = { provider: 'local', model: 'm', dimensions: 2 }
        await backend.admin.setEmbeddingModel(model)
        expect(backend.embeddingModel).toEqual(model)
        await backend.close()
      } finally {
        await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
      }
      const reader = await PostgresBackend.open({ ...database.target, schema, readOnly: true })
      await expect(reader.admin.compact()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
      expect(await reader.admin.verify()).toEqual({ problems: [] })
      await reader.close()
    }))
})
