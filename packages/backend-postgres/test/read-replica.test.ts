import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { PostgresBackend, type PostgresReplica } from '../src/index.js'
import { parseLogPosition } from '../src/replica/log-position.js'
import { ScriptedReplica } from './support/scripted-replica.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

describe.each(databaseKinds)('reads from a replica, with scripted positions, on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const acme = { tenantId: 'acme' }
  const other = { tenantId: 'other' }
  const node = { humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }

  /** A store whose replica is the database itself, in transactions of its own, that says it is where it is told to. */
  const withReplica = async (
    use: (backend: PostgresBackend, replica: ScriptedReplica, warnings: string[]) => Promise<void>,
    options: Partial<PostgresReplica> = {},
  ) => {
    const schema = freshSchema()
    const replica = new ScriptedReplica(database.pool)
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
    const backend = await PostgresBackend.open({
      ...{ ...database.target, schema, dimensions: 2, logger },
      replica: { ...options, pool: replica } as PostgresReplica,
    })
    try {
      await use(backend, replica, warnings)
    } finally {
      await backend.close()
      await dropSchema(database.pool, schema)
    }
  }
  /** How many reads the replica got during a call. */
  const readsOf = async (replica: ScriptedReplica, call: () => Promise<unknown>) => {
    const before = replica.transactions
    await call()
    return replica.transactions - before
  }

  it('go there at once when nothing was written', () =>
    withReplica(async (backend, replica) => {
      const calls: readonly (() => Promise<unknown>)[] = [
        () => backend.getNodes(acme),
        () => backend.countNodes({ userId: 'ada' }),
        () => backend.vectorSearch([1, 0], acme),
        () => backend.keywordSearch('q', acme),
        () => backend.admin.listScopes(),
      ]
      for (const call of calls) expect(await readsOf(replica, call)).toBe(1)
    }))

  it('are never those of maintenance, which looks at indexes that a replica may not have yet', () =>
    withReplica(async (backend, replica) => {
      replica.position = 'FFFF/0'
      await backend.insertNodes(Array.from({ length: 30 }, (_, i) => ({ ...node, id: `n${i}`, ...acme })))
      // Asks where the log is; from then on the replica is read.
      await backend.admin.listScopes()
      expect(await readsOf(replica, () => backend.admin.listScopes())).toBe(1)
      const maintained = () => backend.admin.maintain({ minRows: 20, minRecall: 0 })
      expect(await readsOf(replica, maintained)).toBe(0)
      expect(await readsOf(replica, () => backend.admin.listScopes())).toBe(1)
      expect(await backend.explainSearch([1, 0], acme)).toMatchObject({ strategy: 'hnsw' })
    }))

  it('of what was written go to the primary until the replica has it, those of others do not', () =>
    withReplica(async (backend, replica) => {
      replica.position = '0/1'
      await backend.insertNode({ ...node, id: 'a', ...acme })
      for (let time = 0; time < 3; time += 1) {
        expect(await backend.countNodes(acme)).toBe(1)
      }
      expect(replica.transactions).toBe(0)
      expect(await readsOf(replica, () => backend.countNodes(other))).toBe(1)
      replica.position = 'FFFFFFFF/0'
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(1)
      // It was asked once; what it has it keeps.
      const asked = replica.asked
      await backend.countNodes(acme)
      expect(replica.asked).toBe(asked)
      await backend.updateNode(acme, 'a', { source: 'changed' })
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(0)
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(1)
    }))

  it('of a user and of operators wait for every write, and every owner for that of a user', () =>
    withReplica(async (backend, replica) => {
      replica.position = '0/1'
      await backend.insertNode({ ...node, id: 'a', ...acme, userId: 'ada' })
      expect(await readsOf(replica, () => backend.countNodes({ userId: 'ada' }))).toBe(0)
      expect(await readsOf(replica, () => backend.admin.listScopes())).toBe(0)
      expect(await readsOf(replica, () => backend.countNodes(other))).toBe(1)
      await backend.recordAccess({ userId: 'ada' }, ['a'])
      expect(await readsOf(replica, () => backend.countNodes(other))).toBe(0)
    }))

  it('wait for a batch of several owners in each of their scopes', () =>
    withReplica(async (backend, replica) => {
      replica.position = '0/1'
      await backend.insertNodes([
        { ...node, id: 'a', ...acme },
        { ...node, id: 'a', ...other },
      ])
      for (const scope of [acme, other]) {
        expect(await readsOf(replica, () => backend.countNodes(scope))).toBe(0)
        expect(await backend.countNodes(scope)).toBe(1)
      }
      expect(await readsOf(replica, () => backend.countNodes({ tenantId: 'third' }))).toBe(1)
    }))

  it('wait for a write that failed, for it may have happened', () =>
    withReplica(async (backend, replica) => {
      replica.position = '0/1'
      await backend.insertNode({ ...node, id: 'a', ...acme })
      replica.position = 'FFFFFFFF/0'
      await backend.countNodes(acme)
      await backend.countNodes(acme)
      await expect(backend.insertNode({ ...node, id: 'a', ...acme })).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
      })
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(0)
    }))

  it('go there whatever it has, when that is what was asked for', () =>
    withReplica(
      async (backend, replica) => {
        replica.position = '0/1'
        await backend.insertNode({ ...node, id: 'a', ...acme })
        expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(1)
      },
      { readYourWrites: false },
    ))

  it.each(['connect', 'statement', 'promoted'] as const)(
    'go to the primary when the replica fails: %s',
    (fault) =>
      withReplica(async (backend, replica, warnings) => {
        await backend.insertNode({ ...node, id: 'a', ...acme })
        await backend.countNodes(acme)
        replica.position = 'FFFFFFFF/0'
        replica.fault = fault
        expect(await backend.countNodes(acme)).toBe(1)
        expect(warnings).toEqual([expect.stringMatching(/^the replica is left alone for 1000 ms/)])
        // It is left alone now.
        const before = [replica.transactions, replica.asked, replica.connects]
        expect(await backend.vectorSearch([1, 0], acme)).toHaveLength(1)
        expect(await backend.countNodes(other)).toBe(0)
        expect([replica.transactions, replica.asked, replica.connects]).toEqual(before)
      }),
  )

  it.each(['promoted', 'other'] as const)(
    'that wait for nothing do not go to a server that is no replica of this primary: %s',
    (fault) =>
      withReplica(async (backend, replica, warnings) => {
        replica.fault = fault
        expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(0)
        expect(warnings).toEqual([expect.stringMatching(/is none$|has another database$/)])
      }),
  )

  it('find out in time that the replica was promoted', () =>
    withReplica(async (backend, replica) => {
      vi.useFakeTimers({ toFake: ['Date'] })
      onTestFinished(() => {
        vi.useRealTimers()
      })
      const isReadThere = async () => (await readsOf(replica, () => backend.countNodes(acme))) === 1
      expect(await isReadThere()).toBe(true)
      replica.fault = 'promoted'
      // A control: it is not asked before every read.
      expect(await isReadThere()).toBe(true)
      expect(replica.checked).toBe(1)
      vi.setSystemTime(Date.now() + 10_000)
      expect(await isReadThere()).toBe(false)
      expect(replica.checked).toBe(2)
      replica.fault = undefined
      vi.setSystemTime(Date.now() + 30_000)
      expect(await isReadThere()).toBe(true)
    }))

  it('see what was written after a server that lagged behind took the place of the primary', () =>
    withReplica(async (backend, replica) => {
      // The replica was ahead of the new primary, whose positions begin anew below.
      replica.position = 'FFFFFFFF/0'
      await backend.insertNode({ ...node, id: 'a', ...acme })
      await backend.countNodes(acme)
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(1)
      replica.position = '0/1'
      await backend.insertNode({ ...node, id: 'b', ...acme })
      expect(await backend.countNodes(acme)).toBe(2)
      expect(await readsOf(replica, () => backend.countNodes(acme))).toBe(0)
    }))

  it('that are wrong, or stopped, are not tried again on the primary', () =>
    withReplica(async (backend, _, warnings) => {
      await expect(backend.vectorSearch([1, 0, 0], acme)).rejects.toMatchObject({
        code: 'DIMENSION_MISMATCH',
      })
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(backend.getNodes(acme, { signal })).rejects.toThrow('enough')
      expect(warnings).toEqual([])
    }))

  it.each([
    [{ replica: 'postgres://x' }, TypeError],
    [{ replica: {} }, TypeError],
    [{ replica: { url: 'postgres://x' } }, TypeError],
    [{ replica: { connectionString: 'postgres://x', readYourWrites: 'no' } }, TypeError],
    [{ replica: { embedded: { dataDir: 'x' } } }, TypeError],
  ])('are refused for %j', async (options, error) => {
    const opening = PostgresBackend.open({
      ...database.target,
      schema: freshSchema(),
      ...(options as object),
    } as never)
    await expect(opening).rejects.toBeInstanceOf(error)
  })
})

it('an embedded database has no replica', async () => {
  const replica = { connectionString: 'postgres://localhost/x' }
  await expect(PostgresBackend.open({ embedded: { dataDir: 'none' }, replica })).rejects.toThrow(
    'has no replica',
  )
})

it('reads positions as PostgreSQL writes them', () => {
  expect(parseLogPosition('0/0')).toBe(0n)
  expect(parseLogPosition('16/B374D848')).toBe(0x16b374d848n)
  expect(parseLogPosition('1/0') > parseLogPosition('0/FFFFFFFF')).toBe(true)
})
