import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { faultyPool } from './support/faulty-pool.js'
import { spiedPool } from './support/spied-pool.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const tenantId = "o'; ROLLBACK; SELECT set_config('holdfast.owner_key', 't:other', false) -- $1 \\' é"
const node = { tenantId, humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }

describe.each(databaseKinds)('a transaction that reads on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('acts for its scope before anything is read, and leaves nothing of it to the connection', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes([
        { ...node, id: 'mine' },
        { ...node, tenantId: 'other', id: 'theirs' },
      ])
      const { pool, sent } = spiedPool(database.pool)
      const second = await PostgresBackend.open({ pool, schema })
      const before = sent.length
      expect((await second.getNodes({ tenantId })).map(({ id }) => id)).toEqual(['mine'])
      await second.close()
      const texts = sent.slice(before).map(({ text }) => text)
      expect(texts[0]).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      expect(texts[1]).toMatch(/^SELECT pg_catalog\.set_config\(\$1, \$2, true\)/)
      // Nothing of a scope is ever part of a statement.
      expect(sent[before + 1]?.values).toContain(`t:${tenantId}`)
      expect(texts.filter((text) => text.includes('other'))).toEqual([])
      expect(texts.filter((text) => text.includes('ROLLBACK'))).toEqual([])
      expect(texts.at(-1)).toBe('COMMIT')
      const clients = await Promise.all(
        Array.from({ length: database.pool.options.max }, () => database.pool.connect()),
      )
      try {
        for (const client of clients) {
          const { rows } = await client.query(
            `SELECT current_setting('holdfast.owner_key', true) AS scope, current_user = session_user AS self,
               current_setting('jit') = (SELECT reset_val FROM pg_settings WHERE name = 'jit') AS same`,
          )
          expect(rows[0]?.scope ?? '').toBe('')
          expect(rows[0]).toMatchObject({ self: true, same: true })
        }
      } finally {
        for (const client of clients) client.release()
      }
    }))

  it('resolves before its end is confirmed, which close waits for', () =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      await backend.insertNodes([{ ...node, id: 'mine' }])
      let confirm = () => {}
      const confirmed = new Promise<void>((resolve) => {
        confirm = resolve
      })
      const state = { holds: false, released: 0, waiting: 0 }
      const { pool } = database
      const held = await PostgresBackend.open({
        schema,
        pool: {
          async connect() {
            const client = await pool.connect()
            return {
              async query(statement) {
                const result = await client.query(statement as never)
                if (state.holds && statement.text === 'COMMIT') {
                  state.waiting += 1
                  await confirmed
                }
                return result as never
              },
              on: client.on.bind(client),
              removeListener: client.removeListener.bind(client),
              release(destroy) {
                state.released += 1
                client.release(destroy)
              },
            }
          },
          on: pool.on.bind(pool) as never,
          removeListener: pool.removeListener.bind(pool) as never,
        },
      })
      await expect.poll(() => pool.idleCount).toBe(pool.totalCount)
      state.holds = true
      state.released = 0
      expect(await held.countNodes({ tenantId })).toBe(1)
      let isClosed = false
      const closing = held.close().then(() => {
        isClosed = true
      })
      await expect.poll(() => state.waiting).toBe(1)
      // The connection is not handed out, and the backend not closed, before the transaction has ended.
      expect([state.released, isClosed]).toEqual([0, false])
      confirm()
      await closing
      expect([state.released, isClosed]).toEqual([1, true])
    }))

  it.each([{ kind: 'refused', sqlState: '40001' }, { kind: 'lost before' }, { kind: 'lost after' }] as const)(
    'is no less true when its end fails: $kind',
    (fault) =>
      withStore(database, { dimensions: 2 }, async (backend, schema) => {
        await backend.insertNodes([{ ...node, id: 'mine' }])
        // Embedded PostgreSQL has no connection that could be lost.
        const isPossible = kind !== 'embedded PostgreSQL' || fault.kind === 'refused'
        const state = { fails: false, failed: 0 }
        const faulty = await PostgresBackend.open({
          schema,
          pool: faultyPool(database.pool, {
            fault(text) {
              if (!state.fails || text !== 'COMMIT' || !isPossible) return undefined
              state.failed += 1
              return fault
            },
          }),
        })
        state.fails = true
        for (let call = 0; call < 6; call++) expect(await faulty.countNodes({ tenantId })).toBe(1)
        state.fails = false
        // No connection is left inside a transaction.
        await faulty.insertNodes([{ ...node, id: 'more' }])
        expect(await backend.countNodes({ tenantId })).toBe(2)
        expect(state.failed).toBe(isPossible ? 6 : 0)
        await faulty.close()
      }),
  )
})
