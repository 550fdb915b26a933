import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { type Fault, type FaultPlan, faultyPool, socketError } from '../support/faulty-pool.js'
import { randomNumbers } from '../support/random-numbers.js'
import {
  dropSchema,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
} from '../support/test-database.js'
import { audit, nothingWrong } from './audit.js'
import { faultSeed } from './fault-seed.js'
import { node, prepareWorkload, runWorkload, type WorkloadOptions } from './workload.js'

const retryable = ['40001', '40P01', '55P03', '53300', '57P01', '57P03', '08006', '25006']

/** Which faults happen to which share of statements and connections. */
function randomFaults(random: () => number, share: number) {
  const state = { armed: false, hits: 0, inCommit: 0 }
  const fault = (text: string): Fault | undefined => {
    if (!state.armed || random() >= share) return undefined
    state.hits += 1
    if (text === 'COMMIT') state.inCommit += 1
    const kind = Math.floor(random() * 4)
    if (kind === 0) {
      const sqlState = retryable[Math.floor(random() * retryable.length)] ?? '40001'
      return { kind: 'refused', sqlState }
    }
    return { kind: (['lost before', 'lost during', 'lost after'] as const)[kind - 1] ?? 'lost after' }
  }
  const connecting = () => (state.armed && random() < share ? socketError() : undefined)
  return { state, plan: { fault, connecting } satisfies FaultPlan }
}

describe.runIf(realUrl !== undefined)('errors at random', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase('a real server')
  })
  afterAll(() => database.end())

  /** A store that is reached without faults, and one that is not. */
  async function openStores(plan: FaultPlan) {
    const schema = freshSchema()
    const plain = await PostgresBackend.open({ ...database.target, schema, dimensions: 2 })
    const faulty = await PostgresBackend.open({ pool: faultyPool(database.pool, plan), schema })
    onTestFinished(async () => {
      await faulty.close()
      await plain.close()
      await dropSchema(database.pool, schema)
    })
    return { plain, faulty, schema }
  }

  async function work(name: string, share: number, answer?: FaultPlan['answer']) {
    const random = randomNumbers(faultSeed(name))
    const { plan, state } = randomFaults(random, share)
    const { plain, faulty, schema } = await openStores({ ...plan, ...(answer ? { answer } : {}) })
    const options: WorkloadOptions = {
      ...{ backend: faulty, tenantId: 't', random, writers: 4, callsPerWriter: 80 },
    }
    await prepareWorkload(options)
    state.armed = true
    const journal = await runWorkload(options)
    state.armed = false
    return { journal, state, plain, schema, findings: await audit(plain, 't', journal) }
  }

  it('of 1 % of all statements and connections lose nothing, double nothing, halve nothing', async () => {
    const { findings, state, journal } = await work('1 %', 0.01)
    expect(findings).toEqual(nothingWrong)
    expect(state.hits).toBeGreaterThan(5)
    // Each fault can be resolved here, so no caller is told of any.
    expect(journal.batches.every(({ inserted }) => inserted === 'done')).toBe(true)
  })

  it('of 4 % do not either, in commits among them', async () => {
    const { findings, state } = await work('4 %', 0.04)
    expect(findings).toEqual(nothingWrong)
    expect(state.inCommit).toBeGreaterThan(2)
  })

  it('are found to double when a lost commit is taken for an aborted one', async () => {
    const { findings } = await work('control', 0.04, (text, result) =>
      text.includes('pg_xact_status') ? { ...result, rows: [['another life', 'aborted']] } : result,
    )
    // Inserts end in DUPLICATE_ID, deletes find nothing any more, accesses count twice.
    expect(findings.doubled + findings.wrong.length).toBeGreaterThan(0)
  })

  it('would be found if something were lost, doubled or halved', async () => {
    const { plain, schema, journal } = await work('control of the audit', 0)
    expect(await audit(plain, 't', journal)).toEqual(nothingWrong)
    const [whole] = journal.batches.filter(({ ids, deleted }) => deleted === 'not tried' && ids.length > 1)
    const part = async (sql: string, values: unknown[]) => {
      await database.pool.query(sql.replaceAll('$schema', schema), values)
      return audit(plain, 't', journal)
    }
    const halved = await part('DELETE FROM $schema.node WHERE id = $1', [whole?.ids[0]])
    expect(halved).toMatchObject({ partial: 1, lost: 1 })
    const lost = await part('DELETE FROM $schema.node WHERE id = ANY($1)', [whole?.ids])
    expect(lost).toMatchObject({ partial: 0, lost: 1 })
    const counted = await part(
      "UPDATE $schema.node SET access_count = access_count + 1 WHERE id = 'counter-1'",
      [],
    )
    expect(counted).toMatchObject({ doubled: 1 })
    const uncounted = await part("UPDATE $schema.node SET access_count = 0 WHERE id = 'counter-1'", [])
    expect(uncounted).toMatchObject({ doubled: 0, lost: 2 })
  })

  it('leave one of two writers of the same ids the winner', async () => {
    const random = randomNumbers(faultSeed('two writers'))
    const { plan, state } = randomFaults(random, 0.05)
    const { plain, faulty, schema } = await openStores(plan)
    const other = await PostgresBackend.open({ pool: faultyPool(database.pool, plan), schema })
    onTestFinished(() => other.close())
    state.armed = true
    for (let round = 0; round < 25; round += 1) {
      const batch = Array.from({ length: 5 }, (_, index) => node(`${round}-${index}`, 't'))
      // The second one names them in another order, which could end in a deadlock.
      const results = await Promise.allSettled([
        faulty.insertNodes(batch),
        other.insertNodes([...batch].reverse()),
      ])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'DUPLICATE_ID' },
      })
      const again = await Promise.all([
        faulty.insertNodes([...batch, node(`${round}-5`, 't')], { onConflict: 'ignore' }),
        other.insertNodes([...batch, node(`${round}-5`, 't')], { onConflict: 'ignore' }),
      ])
      expect(again.map(({ inserted }) => inserted).sort()).toEqual([0, 1])
    }
    state.armed = false
    expect(await plain.countNodes({ tenantId: 't' })).toBe(25 * 6)
    expect(state.hits).toBeGreaterThan(0)
  })

  it.each([
    [undefined, { status: 'fulfilled' }, 1],
    [0, { status: 'rejected', reason: { code: 'CONFLICT' } }, 0],
  ] as const)(
    'of a deadlock with another program, with retryTimeoutMs %s',
    async (retryTimeoutMs, expected, counted) => {
      const { plain, schema } = await openStores({})
      const backend = await PostgresBackend.open({
        ...{ ...database.target, schema },
        ...(retryTimeoutMs === undefined ? {} : { retryTimeoutMs }),
      })
      onTestFinished(() => backend.close())
      await backend.insertNodes([node('a', 't'), node('b', 't')])
      const foreign = await database.pool.connect()
      try {
        // The backend's transaction is the one that looks for deadlocks, and so the one that is ended.
        await foreign.query("BEGIN; SET LOCAL deadlock_timeout = '60s'")
        await foreign.query(`SELECT 1 FROM ${schema}.node WHERE id = 'b' FOR UPDATE`)
        const counting = Promise.allSettled([backend.recordAccess({ tenantId: 't' }, ['a', 'b'])])
        await expect
          .poll(async () => {
            const { rows } = await database.pool.query(
              `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${schema}%'`,
            )
            return rows.length
          })
          .toBe(1)
        await foreign.query(`SELECT 1 FROM ${schema}.node WHERE id = 'a' FOR UPDATE`)
        await foreign.query('COMMIT')
        expect(await counting).toMatchObject([expected])
      } finally {
        foreign.release()
      }
      const counts = (await plain.getNodes({ tenantId: 't' })).map(({ accessCount }) => accessCount)
      expect(counts).toEqual([counted, counted])
    },
  )
})
