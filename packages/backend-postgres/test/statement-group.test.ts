import type { ExportBatch } from '@holdfast/core'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeasedClient } from '../src/connection/leased-client.js'
import { TransactionSession } from '../src/connection/transaction-session.js'
import { PostgresBackend } from '../src/index.js'
import { recording } from './support/recorded-statements.js'
import { realUrl, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const tenantId = "o'; ROLLBACK; SELECT set_config('holdfast.owner_key', 't:other', false) -- $1 \\' é"
const node = { humanContent: 'q', assistantContent: 'a' }

describe.runIf(realUrl !== undefined)('statements that are sent together', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  async function withClient(use: (leased: LeasedClient, client: pg.PoolClient) => Promise<void>) {
    const client = await database.pool.connect()
    const leased = new LeasedClient(client as never, logger, undefined)
    await use(leased, client).finally(() => leased.release())
  }

  it('give what each of them gave, values of every kind among them', () =>
    withClient(async (leased) => {
      const results = await leased.sendAll([
        { text: 'BEGIN', values: [] },
        {
          text: 'SELECT $1::text, $2::int, $3::boolean, $4::bytea',
          values: ['é', 7, true, Buffer.from('z')],
        },
        { text: 'SELECT n, $1::text FROM generate_series(1, 3) AS n', values: [null] },
        { text: 'COMMIT', values: [] },
      ])
      expect(results.map(({ rows, command }) => [command, rows])).toEqual([
        ['BEGIN', []],
        ['SELECT', [['é', '7', 't', '\\x7a']]],
        ['SELECT', [1, 2, 3].map((n) => [String(n), null])],
        ['COMMIT', []],
      ])
      expect(results.map(({ rowCount }) => rowCount)).toEqual([0, 1, 3, 0])
    }))

  it('do not run behind one that fails', () =>
    withClient(async (leased, client) => {
      await client.query('CREATE TEMPORARY SEQUENCE behind')
      const behind = { text: "SELECT nextval('behind')", values: [] }
      const group = (first: string) =>
        leased.sendAll([{ text: 'BEGIN', values: [] }, { text: first, values: [] }, behind])
      await expect(group("SELECT set_config('role', 'nobody_of_that_name', true)")).rejects.toMatchObject({
        code: '22023',
      })
      await client.query('ROLLBACK')
      // A sequence is not rolled back, so it would tell.
      expect((await client.query('SELECT is_called FROM behind')).rows).toEqual([{ is_called: false }])
      await group('SELECT 1')
      await client.query('ROLLBACK')
      expect((await client.query('SELECT is_called FROM behind')).rows).toEqual([{ is_called: true }])
      await client.query('DROP SEQUENCE behind')
    }))

  it('end before what was thrown over a row is thrown, and leave the connection as it is', () =>
    withClient(async (leased) => {
      const options = {
        ...{ roles: undefined, statementTimeoutMs: undefined, signal: new AbortController().signal },
        ...{ marked: false, copy: undefined, series: undefined, sent: () => leased.sent() },
      }
      const access = { kind: 'admin' } as const
      const session = new TransactionSession(leased.sendAll.bind(leased), options, 'BEGIN', access, [])
      let taken = 0
      const reading = session.read('SELECT n FROM generate_series(1, 5) AS n', [], () => {
        taken += 1
        if (taken === 2) throw new RangeError('not this one')
      })
      await expect(reading).rejects.toThrow(new RangeError('not this one'))
      expect(taken).toBe(2)
      expect(leased.lost).toBe(false)
      expect((await session.query('SELECT 1')).rows).toEqual([['1']])
      await leased.send('ROLLBACK')
    }))

  it('are all that a search takes, and hold the scope as a value', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes([
        { ...node, tenantId, id: 'mine', embedding: [1, 0] },
        { ...node, tenantId: 'other', id: 'theirs', embedding: [1, 0] },
      ])
      let calls = 0
      const pool = {
        async connect() {
          const client = await database.pool.connect()
          const query = (statement: never) => {
            calls += 1
            return client.query(statement)
          }
          return new Proxy(client, {
            get: (target, key) => {
              const value: unknown = key === 'query' ? query : Reflect.get(target, key)
              return typeof value === 'function' && key !== 'query' ? value.bind(target) : value
            },
          })
        },
        on: database.pool.on.bind(database.pool),
        removeListener: database.pool.removeListener.bind(database.pool),
      }
      const second = await PostgresBackend.open({ pool: pool as never, schema })
      const ids = async (scope: object) =>
        (await second.vectorSearch([1, 0.1], scope)).map(({ node: { id } }) => id)
      // The first search asks for an index too.
      expect(await ids({ tenantId })).toEqual(['mine'])
      await expect.poll(() => database.pool.idleCount).toBe(database.pool.totalCount)
      calls = 0
      expect(await ids({ tenantId })).toEqual(['mine'])
      expect(calls).toBe(1)
      expect(database.pool.idleCount).toBe(database.pool.totalCount)
      await second.close()
    }))

  it('come back to a client that hands on a copy of what it is handed, as tracing does', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (_, schema) => {
      let [handed, ended] = [0, 0]
      const pool = new Proxy(database.pool, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key)
          if (key !== 'connect') return typeof value === 'function' ? value.bind(target) : value
          return async () => {
            const client = await target.connect()
            const query = (statement: { readonly text: string; callback?: (error: unknown) => void }) => {
              const { callback } = statement
              const copy = { ...statement, text: `${statement.text} /* traced */` }
              if (callback === undefined) return client.query(copy)
              handed += 1
              copy.callback = (error) => {
                ended += 1
                callback(error)
              }
              return client.query(copy as never)
            }
            return new Proxy(client, {
              get: (own, name) => {
                const part: unknown = name === 'query' ? query : Reflect.get(own, name)
                return typeof part === 'function' && name !== 'query' ? part.bind(own) : part
              },
            })
          }
        },
      })
      const traced = await PostgresBackend.open({ pool: pool as never, schema })
      const before = handed
      const found = async () =>
        (await traced.vectorSearch([1, 0.1], { tenantId })).map(({ node: { id } }) => id)
      await traced.insertNode({ ...node, tenantId, id: 'mine', embedding: [1, 0] })
      expect(await found()).toEqual(['mine'])
      const batches: ExportBatch[] = []
      for await (const batch of traced.admin.exportAll()) batches.push(batch)
      expect(await traced.deleteScope({ tenantId })).toBe(1)
      for (const batch of batches) await traced.admin.importBatch(batch)
      expect(await found()).toEqual(['mine'])
      expect(handed).toBeGreaterThan(before)
      await traced.close()
      expect(ended).toBe(handed)
    }))

  it('are sent one by one where the driver knows no better, with the same result', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNode({ ...node, tenantId, id: 'mine', embedding: [1, 0] })
      const texts: string[] = []
      const second = await PostgresBackend.open({ pool: recording(database.pool, texts), schema })
      const before = texts.length
      expect(await second.vectorSearch([1, 0.1], { tenantId })).toHaveLength(1)
      const sent = texts.slice(before)
      expect(sent[0]).toMatch(/^BEGIN/)
      expect(sent[1]).toMatch(/^SELECT pg_catalog\.set_config\(\$1/)
      expect(sent.at(-1)).toBe('COMMIT')
      await second.close()
    }))
})
