import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { OutcomeUnknownError, PostgresBackend, type PostgresStoreOptions } from '../src/index.js'
import { type Fault, type FaultPlan, faultyPool, socketError } from './support/faulty-pool.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

const scope = { tenantId: 't' }
const node = (id: string) => ({
  id,
  humanContent: 'q',
  assistantContent: 'a',
  tenantId: 't',
  embedding: [1, 2],
})

/** A store of its own, opened once as it is and once through a pool that fails as planned. */
async function openBoth(database: TestDatabase, plan: FaultPlan, options: PostgresStoreOptions = {}) {
  const schema = freshSchema()
  const plain = await PostgresBackend.open({ ...database.target, schema, dimensions: 2 })
  await plain.insertNode(node('old'))
  const faulty = await PostgresBackend.open({ pool: faultyPool(database.pool, plan), schema, ...options })
  onTestFinished(async () => {
    await faulty.close()
    await plain.close()
    await dropSchema(database.pool, schema)
  })
  return { plain, faulty, schema }
}

/** Lets the `n`-th statement that begins so fail, once. */
function once(start: string, fault: Fault) {
  const plan = { armed: false, hits: 0, statements: [] as string[] }
  return {
    state: plan,
    plan: {
      fault(text: string) {
        if (!plan.armed) return undefined
        plan.statements.push(text)
        if (!text.startsWith(start) || plan.hits > 0) return undefined
        plan.hits += 1
        return fault
      },
    } satisfies FaultPlan,
  }
}

const accesses = async (backend: PostgresBackend, id: string) =>
  (await backend.getNode(scope, id))?.accessCount ?? 0

describe.each(databaseKinds)('a call on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it.each(['BEGIN', 'SELECT pg_catalog.set_config', 'SELECT string_agg(nextval', 'WITH', 'COMMIT'])(
    'is begun again as a whole when %s meets a conflict, and done once',
    async (statement) => {
      const { plan, state } = once(statement, { kind: 'refused', sqlState: '40001' })
      const { plain, faulty } = await openBoth(database, plan)
      state.armed = true
      const batch = [node('a'), node('b'), node('c')]
      expect(await faulty.insertNodes(batch)).toEqual({ inserted: 3, replaced: 0, ignored: 0 })
      expect(state.hits).toBe(1)
      expect(state.statements.filter((text) => text.startsWith('BEGIN'))).toHaveLength(2)
      expect(await plain.countNodes(scope)).toBe(4)
    },
  )

  it('fails with the conflict when it may not be tried again, and has done nothing', async () => {
    const { plan, state } = once('COMMIT', { kind: 'refused', sqlState: '40P01' })
    const { plain, faulty } = await openBoth(database, plan, { retryTimeoutMs: 0 })
    state.armed = true
    await expect(faulty.insertNodes([node('a')])).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await plain.countNodes(scope)).toBe(1)
  })

  it('gives up after the tries of its kind of error', async () => {
    const state = { begun: 0, armed: false }
    const fault = (text: string): Fault | undefined => {
      if (!state.armed) return undefined
      if (text.startsWith('BEGIN')) state.begun += 1
      return text.startsWith('UPDATE') ? { kind: 'refused', sqlState: '55P03' } : undefined
    }
    const { plain, faulty } = await openBoth(database, { fault })
    state.armed = true
    await expect(faulty.recordAccess(scope, ['old'])).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(state.begun).toBe(4)
    expect(await accesses(plain, 'old')).toBe(0)
  })

  it.each(['57014', '53100', '23514', '42501'])('is not begun again after %s', async (sqlState) => {
    const { plan, state } = once('UPDATE', { kind: 'refused', sqlState })
    const { faulty } = await openBoth(database, plan)
    state.armed = true
    await expect(faulty.recordAccess(scope, ['old'])).rejects.toMatchObject({ name: 'MemoryError' })
    expect(state.statements.filter((text) => text.startsWith('BEGIN'))).toHaveLength(1)
  })

  it('is not told that it has written when its transaction had failed before', async () => {
    const answer: NonNullable<FaultPlan['answer']> = (text, result) =>
      text === 'COMMIT' ? { ...result, command: 'ROLLBACK' } : result
    const plan: { answer?: typeof answer } = {}
    const { faulty } = await openBoth(database, plan)
    plan.answer = answer
    await expect(faulty.insertNode(node('a'))).rejects.toMatchObject({ code: 'CONNECTION' })
  })
})

describe.runIf(realUrl !== undefined)('a call on a real server', () => {
  const connectionString = String(realUrl)
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  const losses = ['lost before', 'lost during', 'lost after'] as const
  const places = losses.flatMap((kind) =>
    ['SELECT pg_catalog.set_config', 'UPDATE', 'COMMIT'].map((at) => [kind, at] as const),
  )

  it.each(places)('counts an access once when its connection is %s %s', async (kind, at) => {
    const { plan, state } = once(at, { kind })
    const { plain, faulty } = await openBoth(database, plan)
    state.armed = true
    await faulty.recordAccess(scope, ['old'])
    expect(state.hits).toBe(1)
    expect(await accesses(plain, 'old')).toBe(1)
  })

  it('would count twice if a lost commit were taken for an aborted one', async () => {
    const { plan, state } = once('COMMIT', { kind: 'lost after' })
    const answer: NonNullable<FaultPlan['answer']> = (text, result) =>
      text.includes('pg_xact_status') ? { ...result, rows: [['another life', 'aborted']] } : result
    const { plain, faulty } = await openBoth(database, { ...plan, answer })
    state.armed = true
    await faulty.recordAccess(scope, ['old'])
    expect(await accesses(plain, 'old')).toBe(2)
  })

  it.each(losses)('inserts once, and finds no duplicate of its own, when COMMIT is %s', async (kind) => {
    const { plan, state } = once('COMMIT', { kind })
    const { plain, faulty } = await openBoth(database, plan)
    state.armed = true
    expect(await faulty.insertNodes([node('a'), node('b')], { onConflict: 'error' })).toMatchObject({
      inserted: 2,
    })
    expect(await plain.countNodes(scope)).toBe(3)
    state.hits = 0
    expect(await faulty.deleteNodes(scope, ['a', 'b', 'c'])).toBe(2)
    expect(state.hits).toBe(1)
  })

  it('waits for a commit that is still in progress, and ends one that never arrived', async () => {
    const { plan, state } = once('COMMIT', { kind: 'lost before' })
    // The connection stays open on the server: only we have lost it.
    const held: pg.PoolClient[] = []
    const fault = (text: string): Fault | undefined => {
      const planned = plan.fault(text)
      return planned && { kind: 'refused', sqlState: '08006' }
    }
    const pool = new pg.Pool({ connectionString, max: 4 })
    onTestFinished(async () => {
      for (const client of held) client.release(true)
      await pool.end()
    })
    const keeping = faultyPool(pool, { fault })
    const connect = async () => {
      const client = await keeping.connect()
      const release = (destroy?: Error | boolean) =>
        destroy ? held.push(client as unknown as pg.PoolClient) : client.release()
      return new Proxy(client, {
        get: (target, property) => (property === 'release' ? release : Reflect.get(target, property)),
      })
    }
    const { plain, schema } = await openBoth(database, {})
    const faulty = await PostgresBackend.open({ pool: { ...keeping, connect }, schema })
    state.armed = true
    await faulty.recordAccess(scope, ['old'])
    expect(held).toHaveLength(1)
    expect(await accesses(plain, 'old')).toBe(1)
    await faulty.close()
  })

  it('says that the outcome is unknown when nobody can be asked', async () => {
    const { plan, state } = once('COMMIT', { kind: 'lost after' })
    const connecting = () => (state.hits > 0 ? socketError() : undefined)
    const { plain, faulty } = await openBoth(database, { ...plan, connecting }, { retryTimeoutMs: 300 })
    state.armed = true
    const error = await faulty.recordAccess(scope, ['old']).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OutcomeUnknownError)
    expect(error).toMatchObject({ code: 'CONNECTION', cause: { code: 'CONNECTION' } })
    expect(await accesses(plain, 'old')).toBe(1)
  })

  it('ends at once with its signal while it waits to be begun again', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const state = { armed: false }
    const connecting = () => {
      if (!state.armed) return undefined
      setImmediate(() => controller.abort(reason))
      return socketError()
    }
    const { faulty } = await openBoth(database, { connecting }, { retryTimeoutMs: 2 ** 30 })
    state.armed = true
    await expect(faulty.countNodes(scope, { signal: controller.signal })).rejects.toBe(reason)
    state.armed = false
  })

  const waiting = async (schema: string): Promise<number> => {
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()`,
      [schema],
    )
    return rows[0].n
  }
  /** Holds a lock that every call on the nodes has to wait for. */
  const block = async (schema: string) => {
    const client = await database.pool.connect()
    await client.query(`BEGIN; LOCK TABLE ${schema}.node IN ACCESS EXCLUSIVE MODE`)
    return async () => {
      await client.query('ROLLBACK')
      client.release()
    }
  }
  const own = async (options: object) => {
    const schema = freshSchema()
    const backend = await PostgresBackend.open({ connectionString, schema, dimensions: 2, ...options })
    onTestFinished(async () => {
      await backend.close()
      await dropSchema(database.pool, schema)
    })
    return { backend, schema }
  }

  it('ends on the server too when it is aborted, and leaves the pool usable', async () => {
    const { backend, schema } = await own({ maxConnections: 1 })
    const unblock = await block(schema)
    try {
      const controller = new AbortController()
      const counting = backend.countNodes(scope, { signal: controller.signal })
      await expect.poll(() => waiting(schema)).toBe(1)
      controller.abort(new Error('enough'))
      await expect(counting).rejects.toThrow('enough')
      // Nothing but the request to cancel ends a statement that waits for a lock.
      await expect.poll(() => waiting(schema)).toBe(0)
    } finally {
      await unblock()
    }
    expect(await backend.countNodes(scope)).toBe(0)
  })

  it('is a typed error when every connection stays in use', async () => {
    const { backend, schema } = await own({ maxConnections: 1, connectTimeoutMs: 200 })
    const unblock = await block(schema)
    const first = backend.countNodes(scope)
    await expect.poll(() => waiting(schema)).toBe(1)
    await expect(backend.countNodes(scope)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('connectTimeoutMs'),
    })
    await unblock()
    expect(await first).toBe(0)
  })

  it('waits for a connection of a server that has none left, and is a typed error in the end', async () => {
    const role = freshSchema()
    const { schema } = await own({ rowLevelSecurity: false })
    await database.pool.query(
      `CREATE ROLE ${role} LOGIN PASSWORD '${role}' CONNECTION LIMIT 1; GRANT ALL ON SCHEMA ${schema} TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    )
    const url = new URL(connectionString)
    url.username = role
    url.password = role
    const taken = new pg.Client({ connectionString: url.href })
    await taken.connect()
    onTestFinished(async () => {
      await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    })
    const options = { connectionString: url.href, schema, rowLevelSecurity: false, migrate: 'check' } as const
    await expect(PostgresBackend.open({ ...options, retryTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('53300'),
    })
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
    const opening = PostgresBackend.open({ ...options, logger })
    await expect.poll(() => warnings.length).toBeGreaterThan(0)
    await taken.end()
    await (await opening).close()
  })

  it('is ended by close() after closeTimeoutMs, with a typed error, and so is every later one', async () => {
    const { backend, schema } = await own({ closeTimeoutMs: 100 })
    const unblock = await block(schema)
    const counting = backend.countNodes(scope).catch((error: unknown) => error)
    await expect.poll(() => waiting(schema)).toBe(1)
    await backend.close()
    expect(await counting).toMatchObject({ code: 'CLOSED' })
    await expect.poll(() => waiting(schema)).toBe(0)
    await unblock()
    await expect(backend.countNodes(scope)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('is waited for by close() before that', async () => {
    const { backend, schema } = await own({})
    const unblock = await block(schema)
    const inserting = backend.insertNode(node('a'))
    await expect.poll(() => waiting(schema)).toBe(1)
    const closing = backend.close()
    await unblock()
    await closing
    await inserting
    const { rows } = await database.pool.query(`SELECT count(*)::int AS n FROM ${schema}.node`)
    expect(rows).toEqual([{ n: 1 }])
  })
})
