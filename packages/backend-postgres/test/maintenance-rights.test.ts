import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { pretending } from './support/pretending-pool.js'
import { realUrl, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const limits = { minRows: 20 }

// Whoever opens embedded PostgreSQL owns everything in it.
describe.runIf(realUrl !== undefined)('who may maintain indexes', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  const query = (sql: string) => database.pool.query(sql)

  /** A store with an owner large enough for an index, and a login that may use all of it and owns nothing. */
  const withLogin = (use: (schema: string, login: string) => Promise<void>) =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes(
        Array.from({ length: 30 }, (_, i) => ({
          ...{ id: `n${i}`, tenantId: 'acme', humanContent: 'q', assistantContent: 'a' },
          embedding: [Math.cos(i), Math.sin(i)],
        })),
      )
      const login = `${schema}_login`
      await query(`CREATE ROLE ${login} NOLOGIN; GRANT ${schema}_app, ${schema}_admin TO ${login}`)
      try {
        await use(schema, login)
      } finally {
        await query(
          `REASSIGN OWNED BY ${login} TO CURRENT_USER; DROP OWNED BY ${login} CASCADE; DROP ROLE ${login}`,
        )
      }
    })
  const maintain = async (schema: string, login: string) => {
    await using backend = await PostgresBackend.open({
      ...{ pool: pretending(database.pool, login), schema, migrate: 'check' as const },
    })
    const { indexes } = await backend.admin.maintain(limits)
    return indexes.map(({ action }) => action)
  }
  /** Everything that a run may leave. */
  const left = async (schema: string) => {
    const rows = await query(`SELECT owner_key, state FROM ${schema}.owner_index`)
    const indexes = await query(
      `SELECT indexname FROM pg_indexes WHERE schemaname = '${schema}' AND indexname LIKE '%hnsw%'`,
    )
    return [rows.rows, indexes.rows]
  }
  const refused = (message: RegExp) => ({ code: 'CONNECTION', message: expect.stringMatching(message) })

  it('refuses a login that owns one of the tables only, and leaves nothing', () =>
    withLogin(async (schema, login) => {
      await expect(maintain(schema, login)).rejects.toMatchObject(
        refused(/only the owner .* and \S+_login does not own episode_vector and node_vector: connect/),
      )
      expect(await left(schema)).toEqual([[], []])
      await query(`ALTER TABLE ${schema}.episode_vector OWNER TO ${login}`)
      await expect(maintain(schema, login)).rejects.toMatchObject(refused(/_login does not own node_vector:/))
      expect(await left(schema)).toEqual([[], []])
    }))

  it('refuses an owner who may not create in the schema, and leaves nothing', () =>
    withLogin(async (schema, login) => {
      for (const table of ['node_vector', 'episode_vector']) {
        await query(`ALTER TABLE ${schema}.${table} OWNER TO ${login}`)
      }
      await expect(maintain(schema, login)).rejects.toMatchObject(
        refused(new RegExp(`GRANT CREATE ON SCHEMA "${schema}" TO "${login}"`)),
      )
      expect(await left(schema)).toEqual([[], []])
      // What the message says is enough.
      await query(`GRANT CREATE ON SCHEMA ${schema} TO ${login}`)
      expect(await maintain(schema, login)).toEqual(['built'])
      expect(await left(schema)).toMatchObject([[{ owner_key: 't:acme', state: 'ready' }], [{}]])
    }))

  it('lets a member of the role that owns them', () =>
    withLogin(async (schema, login) => {
      const owner = `${schema}_owner`
      await query(`CREATE ROLE ${owner} NOLOGIN; GRANT ${owner} TO ${login}`)
      try {
        for (const table of ['node_vector', 'episode_vector']) {
          await query(`ALTER TABLE ${schema}.${table} OWNER TO ${owner}`)
        }
        await query(`GRANT CREATE ON SCHEMA ${schema} TO ${owner}`)
        expect(await maintain(schema, login)).toEqual(['built'])
      } finally {
        await query(`REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP OWNED BY ${owner}; DROP ROLE ${owner}`)
      }
    }))
})
