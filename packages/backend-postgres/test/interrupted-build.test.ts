import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { realUrl, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const limits = { minRows: 20 }
const query = [1, 0]

// Embedded PostgreSQL has one session, in which nothing happens beside a build.
describe.runIf(realUrl !== undefined)('while an index is built', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  const node = (tenantId: string, i: number) => ({
    ...{ id: `n${i}`, tenantId, humanContent: 'q', assistantContent: 'a' },
    embedding: [Math.cos(i), Math.sin(i)],
  })
  const nodes = (tenantId: string, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => node(tenantId, first + i))

  /** What a build waits for: here, a transaction that has written to the table. */
  const writing = (schema: string) => ['BEGIN', `LOCK TABLE ${schema}.node_vector IN ROW EXCLUSIVE MODE`]

  /** A store with a large owner whose index is being built, and does not get further before `goOn` is called. */
  const building = (
    tenantId: string,
    use: (step: {
      readonly backend: PostgresBackend
      readonly schema: string
      readonly maintaining: Promise<readonly string[]>
      readonly pid: number
      goOn(): Promise<unknown>
    }) => Promise<void>,
    {
      blocks = writing,
      signal,
    }: { blocks?: (schema: string) => readonly string[]; signal?: AbortSignal } = {},
  ) =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      await backend.insertNodes(nodes(tenantId, 0, 40))
      // Settings that a build has to change, and to take back.
      const sessions = new pg.Pool({
        connectionString: String(realUrl),
        options: '-c statement_timeout=3600000',
      })
      onTestFinished(() => sessions.end())
      const maintainer = await PostgresBackend.open({ pool: sessions, schema })
      const blocker = await database.pool.connect()
      try {
        for (const sql of blocks(schema)) await blocker.query(sql)
        const maintaining = maintainer.admin
          .maintain({ ...limits, ...(signal === undefined ? {} : { signal }) })
          .then(({ indexes }) => indexes.map(({ action }) => action))
        maintaining.catch(() => {})
        let pid = 0
        await expect
          .poll(async () => {
            const { rows } = await database.pool.query<{ readonly pid: number }>(
              `SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' || $1 || '%' AND wait_event_type = 'Lock'`,
              [schema],
            )
            pid = rows[0]?.pid ?? 0
            return pid
          })
          .toBeGreaterThan(0)
        await use({ backend, schema, maintaining, pid, goOn: () => blocker.query('COMMIT') })
      } finally {
        await blocker.query('ROLLBACK')
        blocker.release()
        await maintainer.close()
      }
    })
  const strategy = async (backend: PostgresBackend, tenantId: string) =>
    (await backend.explainSearch(query, { tenantId }, { minScore: -1 })).strategy

  it('its connection may be ended: the call says so, nothing uses what is left, and the next run mends it', () =>
    building('acme', async ({ backend, schema, maintaining, pid, goOn }) => {
      await database.pool.query('SELECT pg_terminate_backend($1)', [pid])
      await expect(maintaining).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/57P01|terminat/),
      })
      await goOn()
      const invalid = await database.pool.query(
        `SELECT FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid
         WHERE t.relnamespace = $1::regnamespace AND NOT x.indisvalid`,
        [schema],
      )
      expect(invalid.rowCount).toBe(1)
      expect(await strategy(backend, 'acme')).toBe('exact')
      const { indexes } = await backend.admin.maintain(limits)
      expect(indexes.map(({ action, reason }) => [action, reason])).toEqual([
        ['built', 'a build of it was interrupted'],
      ])
      expect(await strategy(backend, 'acme')).toBe('hnsw')
    }))

  /** As docs/postgres-search.md says. */
  it('it waits for a snapshot that concerns another schema, and a signal ends the waiting', async () => {
    const controller = new AbortController()
    const stopped = new Error('stopped')
    await building(
      'acme',
      async ({ backend, schema, maintaining, pid, goOn }) => {
        const { rows } = await database.pool.query(
          `SELECT p.phase, a.wait_event FROM pg_stat_progress_create_index p JOIN pg_stat_activity a USING (pid) WHERE pid = $1`,
          [pid],
        )
        expect(rows).toMatchObject([{ phase: 'waiting for old snapshots', wait_event: 'virtualxid' }])
        controller.abort(stopped)
        await expect(maintaining).rejects.toBe(stopped)
        await expect
          .poll(async () => {
            const statement = await database.pool.query(
              `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`,
              [pid],
            )
            return statement.rowCount
          })
          .toBe(0)
        // What is left: an index that no search asks for, though inserts keep it up to date.
        const left = await database.pool.query(
          `SELECT o.state, x.indisvalid, x.indisready FROM ${schema}.owner_index o
           JOIN pg_index x ON x.indexrelid = ('${schema}.' || o.index_name)::regclass`,
        )
        expect(left.rows).toEqual([{ state: 'building', indisvalid: false, indisready: true }])
        expect(await strategy(backend, 'acme')).toBe('exact')
        await goOn()
        const { indexes } = await backend.admin.maintain(limits)
        expect(indexes.map(({ action, reason }) => [action, reason])).toEqual([
          ['built', 'a build of it was interrupted'],
        ])
        expect(await strategy(backend, 'acme')).toBe('hnsw')
      },
      {
        signal: controller.signal,
        blocks: () => ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT FROM pg_catalog.pg_namespace'],
      },
    )
  })

  it.each(['acme', `${'\'";$1\\é'.repeat(128)}`])('others write, and find what they wrote: %#', (tenantId) =>
    building(tenantId, async ({ backend, maintaining, goOn }) => {
      expect(Buffer.byteLength(tenantId) === 4 || Buffer.byteLength(tenantId) >= 1024).toBe(true)
      await backend.insertNodes([
        ...nodes(tenantId, 40, 10),
        { ...node(tenantId, 99), embedding: query },
        { ...node('rival', 1), embedding: query },
      ])
      await backend.deleteNodes({ tenantId }, ['n0'])
      await goOn()
      expect(await maintaining).toEqual(['built'])
      expect(await strategy(backend, tenantId)).toBe('hnsw')
      const found = await backend.vectorSearch(query, { tenantId }, { topK: 3 })
      const truth = await backend.vectorSearch(query, { tenantId }, { topK: 3, exact: true })
      expect(found[0]?.node).toMatchObject({ id: 'n99', tenantId })
      expect(found.map(({ node: { id } }) => id)).toEqual(truth.map(({ node: { id } }) => id))
    }),
  )

  it('its owner may vanish: the index goes, during the build or after it', () =>
    building('acme', async ({ backend, schema, maintaining, goOn }) => {
      expect(await backend.deleteScope({ tenantId: 'acme' })).toBe(40)
      await goOn()
      expect(await maintaining).toEqual(['refused'])
      const left = () =>
        database.pool.query(`SELECT FROM pg_indexes WHERE schemaname = $1 AND indexname LIKE '%hnsw%'`, [
          schema,
        ])
      expect((await left()).rowCount).toBe(0)
      expect((await backend.admin.maintain(limits)).indexes.map(({ action }) => action)).toEqual(['dropped'])
      await backend.insertNodes(nodes('acme', 0, 40))
      expect((await backend.admin.maintain(limits)).indexes.map(({ action }) => action)).toEqual(['built'])
      expect((await left()).rowCount).toBe(1)
      await backend.deleteScope({ tenantId: 'acme' })
      expect(await backend.vectorSearch(query, { tenantId: 'acme' })).toEqual([])
      expect((await backend.admin.maintain(limits)).indexes.map(({ action }) => action)).toEqual(['dropped'])
      expect((await left()).rowCount).toBe(0)
      expect((await backend.admin.maintain(limits)).indexes).toEqual([])
    }))
})
