import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { MemoryError, silentLogger } from '@holdfast/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchIdleErrors } from '../src/connection/idle-errors.js'
import { openServerPool } from '../src/connection/server-pool.js'
import { PostgresBackend, type QueryablePool } from '../src/index.js'
import {
  databaseKinds,
  dropSchema,
  embeddedPool,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const secret = 'hunter2-not-to-be-shown'
const node = (id: string) => ({ id, humanContent: 'q', assistantContent: 'a', tenantId: 't' })

async function refusal(opening: Promise<unknown>): Promise<MemoryError> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof MemoryError)) throw new Error('it was not refused', { cause: error })
  return error
}

describe('open', () => {
  it('says that the server is not there, without the password', async () => {
    for (const [target, place] of [
      [{ connectionString: `postgres://user:${secret}@127.0.0.1:1/db` }, '127.0.0.1, port 1'],
      [{ host: '127.0.0.1', port: 1, user: 'user', password: secret }, '127.0.0.1, port 1'],
      [{ connectionString: `postgres://user:${secret}@no-such-host.invalid/db` }, 'no-such-host.invalid'],
    ] as const) {
      const error = await refusal(PostgresBackend.open(target))
      expect(error.code).toBe('CONNECTION')
      expect(error.message).toContain(`cannot be reached at ${place} (E`)
      expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(secret)
    }
  })

  it.each(['sslrootcert', 'sslcert', 'sslkey'])('says that the file of %s is not there', async (name) => {
    const url = `postgres://user:${secret}@127.0.0.1:1/db?${name}=/no/such/file.pem`
    const error = await refusal(PostgresBackend.open({ connectionString: url }))
    expect(error.code).toBe('CONNECTION')
    expect(error.message).toContain('/no/such/file.pem')
    expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(secret)
  })

  it('says that the file of sslrootcert is a directory', async () => {
    const url = `postgres://user:${secret}@127.0.0.1:1/db?sslrootcert=${encodeURIComponent(tmpdir())}`
    const error = await refusal(PostgresBackend.open({ connectionString: url }))
    expect([error.code, error.message]).toEqual(['CONNECTION', expect.stringContaining('EISDIR')])
  })

  it.each([`not a url ${secret}`, `http://user:${secret}@host/db`, `postgres://user:${secret}@host:port/db`])(
    'refuses the connection string %j without repeating it',
    async (connectionString) => {
      const error = await refusal(PostgresBackend.open({ connectionString }))
      expect(error.code).toBe('CONFIG_INVALID')
      expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(secret)
    },
  )

  it('refuses a mistake in the calling program', async () => {
    const pool = new pg.Pool()
    const mistakes: unknown[] = [
      undefined,
      {},
      { pool, embedded: { dataDir: 'x' } },
      { pool, conectionString: 'x' },
      { pool, schema: 'x', migrate: 'always' },
      { pool, rowLevelSecurity: 'yes' },
      { pool, dimensions: 1.5 },
      { embedded: { dataDir: '' } },
    ]
    for (const options of mistakes) {
      await expect(PostgresBackend.open(options as never)).rejects.toThrow(TypeError)
    }
    await expect(PostgresBackend.open({ pool, dimensions: 16_001 })).rejects.toThrow(RangeError)
    await expect(
      PostgresBackend.open({
        pool,
        dimensions: 2,
        embeddingModel: { provider: 'p', model: 'm', dimensions: 3 },
      }),
    ).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    await pool.end()
  })

  it('says what to do where pgvector is missing', async () => {
    const lite = await PGlite.create()
    const pool = embeddedPool(lite)
    await expect(PostgresBackend.open({ pool })).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('pgvector'),
    })
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await pool.end()
    await lite.close()
  })

  it('keeps an ear on connections of its own pool that fail while they are being closed', async () => {
    const target = {
      kind: 'server',
      host: '127.0.0.1',
      port: 1,
      maxConnections: 1,
      connectTimeoutMs: 1,
    } as const
    const { pool, end } = openServerPool(target)
    await end()
    expect((pool as pg.Pool).emit('error', new Error('late'), undefined as never)).toBe(true)
  })

  it('survives a connection that fails between being made and being handed over', async () => {
    const pool = new EventEmitter()
    const stop = watchIdleErrors(pool as unknown as QueryablePool, silentLogger)
    const client = new EventEmitter()
    pool.emit('connect', client)
    expect(client.emit('error', new Error('farewell'))).toBe(true)
    await new Promise(setImmediate)
    // From here on it is for whoever has the client.
    expect(() => client.emit('error', new Error('later'))).toThrow('later')
    stop()
    expect([pool.listenerCount('connect'), pool.listenerCount('error')]).toEqual([0, 0])
  })

  it("uses a caller's pool, parsers and all, and never ends it", async () => {
    const lite = await PGlite.create({ extensions: { vector } })
    const pool = embeddedPool(lite)
    const before = pg.types.getTypeParser(20)
    pg.types.setTypeParser(20, BigInt)
    try {
      const backend = await PostgresBackend.open({ pool, dimensions: 2 })
      await backend.insertNode({ ...node('x'), embedding: [1, 2] })
      expect(await backend.vectorSearch([1, 2], { tenantId: 't' })).toHaveLength(1)
      await backend.close()
      expect((await pool.query('SELECT 1::bigint AS one')).rows).toEqual([{ one: 1n }])
      expect(pool.listenerCount('error')).toBe(0)
    } finally {
      pg.types.setTypeParser(20, before)
      await pool.end()
      await lite.close()
    }
  })
})

describe.each(databaseKinds)('a call on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const steps = ['BEGIN', 'SELECT pg_catalog.set_config', 'SELECT string_agg(nextval', 'WITH', 'COMMIT']

  it.each(steps)('that is aborted during %s leaves nothing behind, unless it is the commit', (step) =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      const scope = { tenantId: 't' }
      const reason = new Error('enough')
      let controller: AbortController | undefined
      const pool = watched(database.pool, (text) => {
        if (text.startsWith(step)) controller?.abort(reason)
      })
      const aborting = await PostgresBackend.open({ pool, schema })
      controller = new AbortController()
      const writing = aborting.insertNodes([node('a'), node('b')], { signal: controller.signal })
      if (step === 'COMMIT') {
        expect(await writing).toEqual({ inserted: 2, replaced: 0, ignored: 0 })
      } else {
        await expect(writing).rejects.toBe(reason)
      }
      expect(controller.signal.aborted).toBe(true)
      await aborting.close()
      expect(await backend.countNodes(scope)).toBe(step === 'COMMIT' ? 2 : 0)
      expect(await backend.insertNodes([node('a'), node('b')], { onConflict: 'ignore' })).toEqual(
        step === 'COMMIT'
          ? { inserted: 0, replaced: 0, ignored: 2 }
          : { inserted: 2, replaced: 0, ignored: 0 },
      )
    }),
  )

  it('that gets no connection of a pool of the caller is ended by close(), which waits for none either', () =>
    withStore(database, { dimensions: 2 }, async (_, schema) => {
      let give: () => void = () => {}
      const given = new Promise<void>((resolve) => {
        give = resolve
      })
      let isExhausted = false
      let waiting = 0
      const pool: QueryablePool = {
        on: database.pool.on.bind(database.pool),
        removeListener: database.pool.removeListener.bind(database.pool),
        connect: async () => {
          if (isExhausted) {
            waiting += 1
            await given
            waiting -= 1
          }
          return database.pool.connect()
        },
      }
      const listeners = () => database.pool.listenerCount('error')
      const before = listeners()
      const closing = await PostgresBackend.open({ pool, schema, closeTimeoutMs: 0 })
      isExhausted = true
      const error = refusal(closing.countNodes({ tenantId: 't' }))
      await expect.poll(() => waiting).toBe(1)
      await closing.close()
      expect((await error).code).toBe('CLOSED')
      expect(waiting).toBe(1)
      // The connection that comes at last goes back to the pool, which nobody listens to any more.
      give()
      await expect.poll(() => [waiting, listeners()]).toEqual([0, before])
      await expect.poll(() => database.pool.idleCount).toBe(database.pool.totalCount)
    }))

  it('does not begin when its signal is aborted already', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      const signal = AbortSignal.abort(new Error('before'))
      await expect(backend.getNodes({ tenantId: 't' }, { signal })).rejects.toThrow('before')
    }))

  it('says that the schema is gone', async () => {
    const schema = freshSchema()
    const backend = await PostgresBackend.open({ ...database.target, schema, dimensions: 2 })
    await dropSchema(database.pool, schema)
    const error = await refusal(backend.countNodes({ tenantId: 't' }))
    expect(['SCHEMA_BEHIND', 'CONNECTION']).toContain(error.code)
    await backend.close()
  })
})

describe.runIf(realUrl !== undefined)('a call on a real server', () => {
  const connectionString = String(realUrl)
  let admin: pg.Pool
  beforeAll(() => {
    admin = new pg.Pool({ connectionString, max: 2 })
  })
  afterAll(() => admin.end())

  const withBackend = async (
    options: object,
    use: (backend: PostgresBackend, schema: string) => Promise<void>,
  ) => {
    const schema = freshSchema()
    const backend = await PostgresBackend.open({ connectionString, schema, dimensions: 2, ...options })
    try {
      await use(backend, schema)
    } finally {
      await backend.close()
      await dropSchema(admin, schema)
    }
  }

  it('is refused for a wrong password, which is not shown', async () => {
    const url = new URL(connectionString)
    url.password = secret
    const error = await refusal(PostgresBackend.open({ connectionString: url.href }))
    expect(error.code).toBe('CONNECTION')
    expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(secret)
  })

  it('does not keep a program from ending that forgets close()', async () => {
    const schema = freshSchema()
    const script = fileURLToPath(new URL('./support/unclosed-child.mjs', import.meta.url))
    try {
      // Idle connections would keep it for 30 seconds.
      const { stdout } = await promisify(execFile)(process.execPath, [script, connectionString, schema], {
        timeout: 25_000,
      })
      expect(stdout).toBe('1\n')
    } finally {
      await dropSchema(admin, schema)
    }
  })

  it('is refused for a database that does not exist', async () => {
    const url = new URL(connectionString)
    url.pathname = '/no_such_database'
    expect((await refusal(PostgresBackend.open({ connectionString: url.href }))).code).toBe('CONNECTION')
  })

  it('works again after the server has closed every connection', () =>
    withBackend({ maxConnections: 2 }, async (backend, schema) => {
      await backend.insertNode(node('x'))
      const warnings: string[] = []
      const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
      const other = await PostgresBackend.open({ connectionString, schema, logger })
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
      )
      await expect.poll(() => warnings.length).toBeGreaterThan(0)
      expect(await other.countNodes({ tenantId: 't' })).toBe(1)
      expect(await backend.countNodes({ tenantId: 't' })).toBe(1)
      await other.close()
    }))

  it('gives up after statementTimeoutMs, and after connectTimeoutMs when no connection is free', () =>
    withBackend(
      { statementTimeoutMs: 200, connectTimeoutMs: 300, maxConnections: 1 },
      async (backend, schema) => {
        const blocker = await admin.connect()
        await blocker.query(`BEGIN; LOCK TABLE ${schema}.node IN ACCESS EXCLUSIVE MODE`)
        try {
          expect((await refusal(backend.countNodes({ tenantId: 't' }))).code).toBe('TIMEOUT')
        } finally {
          await blocker.query('ROLLBACK')
          blocker.release()
        }
        expect(await backend.countNodes({ tenantId: 't' })).toBe(0)
      },
    ))

  it('lets two backends write to one store', () =>
    withBackend({}, async (backend, schema) => {
      const other = await PostgresBackend.open({ connectionString, schema })
      const results = await Promise.allSettled([backend.insertNode(node('x')), other.insertNode(node('x'))])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'DUPLICATE_ID' },
      })
      await other.close()
    }))
})

/** A pool that tells of every statement right after it was sent. */
function watched(pool: pg.Pool, onSent: (text: string) => void): QueryablePool {
  return {
    async connect() {
      const client = await pool.connect()
      return {
        query(statement) {
          const result = client.query(statement as unknown as pg.QueryArrayConfig)
          onSent(statement.text)
          return result
        },
        ...('processID' in client ? { processID: client.processID } : {}),
        on: client.on.bind(client),
        removeListener: client.removeListener.bind(client),
        release: client.release.bind(client),
      }
    },
    on: pool.on.bind(pool),
    removeListener: pool.removeListener.bind(pool),
  }
}
