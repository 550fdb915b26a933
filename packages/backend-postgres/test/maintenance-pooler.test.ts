import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend, type QueryablePool } from '../src/index.js'
import { type SentStatement, spiedPool } from './support/spied-pool.js'
import { realUrl, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

/** Connections whose process is another one than they were told, as behind a pooler. */
function behindPooler(pool: QueryablePool): QueryablePool {
  return {
    async connect() {
      const client = await pool.connect()
      return new Proxy(client, {
        get: (target, key) => (key === 'processID' ? 1 : Reflect.get(target, key)),
        has: (target, key) => key === 'processID' || Reflect.has(target, key),
      })
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
}

const changesSession = ({ text }: SentStatement) => /^\s*(SET(?! LOCAL)|RESET)\b/.test(text)

// Embedded PostgreSQL is one session for everybody: no pooler stands before it.
describe.runIf(realUrl !== undefined)('building an index through a pooler', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  /** A store that is large enough for an index, reached by sessions with these settings. */
  const filled = (
    settings: string,
    use: (pool: QueryablePool, sent: readonly SentStatement[], schema: string) => Promise<void>,
  ) =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      await backend.insertNodes(
        Array.from({ length: 30 }, (_, i) => ({
          ...{ id: `n${i}`, tenantId: 'acme', humanContent: 'q', assistantContent: 'a' },
          embedding: [Math.cos(i), Math.sin(i)],
        })),
      )
      const sessions = new pg.Pool({ connectionString: String(realUrl), max: 4, options: settings })
      try {
        const { pool, sent } = spiedPool(sessions)
        await use(pool, sent, schema)
      } finally {
        await sessions.end()
      }
    })
  const maintain = async (pool: QueryablePool, schema: string) => {
    const backend = await PostgresBackend.open({ pool, schema })
    onTestFinished(() => backend.close())
    const { indexes } = await backend.admin.maintain({ minRows: 20 })
    return indexes.map(({ action }) => action)
  }

  it('is refused when the session would have to be changed, which others would get', () =>
    filled('-c statement_timeout=3600000', async (pool, sent, schema) => {
      await expect(maintain(behindPooler(pool), schema)).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/needs statement_timeout = 0, .* connect to the server itself/),
      })
      expect(sent.filter(changesSession)).toEqual([])
      // Without a pooler the same settings are made, and taken back.
      expect(await maintain(pool, schema)).toEqual(['built'])
      expect(sent.filter(changesSession).map(({ text }) => text)).toEqual([
        'SET statement_timeout = 0',
        'RESET statement_timeout',
      ])
    }))

  it('is done when the session is as it must be', () =>
    filled('-c statement_timeout=0', async (pool, sent, schema) => {
      expect(await maintain(behindPooler(pool), schema)).toEqual(['built'])
      expect(sent.filter(changesSession)).toEqual([])
    }))
})
