import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { canStartServers, OwnServer } from '../support/own-server.js'
import { randomNumbers } from '../support/random-numbers.js'
import { audit, nothingWrong } from './audit.js'
import { faultSeed } from './fault-seed.js'
import { type Journal, node, prepareWorkload, runWorkload } from './workload.js'

// A restart takes seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const options = { schema: 'faults', dimensions: 2, maxConnections: 8, retryTimeoutMs: 60_000 }

/** A server of its own, a backend on it, and how often that had to begin again. */
async function start() {
  const server = await OwnServer.start()
  onTestFinished(() => server.stop())
  const warnings: string[] = []
  const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
  const backend = await PostgresBackend.open({ connectionString: server.url, ...options, logger })
  onTestFinished(() => backend.close())
  return { server, backend, warnings }
}

/** Runs writers, and every `every` confirmed calls does what hurts them, `times` times. */
async function workWhile(
  name: string,
  backend: PostgresBackend,
  {
    every,
    times,
    hurt,
  }: { readonly every: number; readonly times: number; hurt(time: number): Promise<void> },
): Promise<{ readonly journal: Journal; readonly hurtTimes: number }> {
  const random = randomNumbers(faultSeed(name))
  let hurting: Promise<void> = Promise.resolve()
  let hurtTimes = 0
  const onConfirmed = ({ confirmed }: Journal) => {
    if (hurtTimes === times || confirmed < every * (hurtTimes + 1)) return
    const time = hurtTimes
    hurtTimes += 1
    hurting = hurting.then(() => hurt(time))
  }
  const callsPerWriter = Math.ceil((every * (times + 1)) / 6)
  const workload = { backend, tenantId: 't', random, writers: 6, callsPerWriter, onConfirmed }
  await prepareWorkload(workload)
  const journal = await runWorkload(workload)
  await hurting
  return { journal, hurtTimes }
}

describe.runIf(canStartServers)('a server of the test', () => {
  it('that is killed with -9 at work and started again loses, doubles and halves nothing', async () => {
    const { server, backend, warnings } = await start()
    const { journal, hurtTimes } = await workWhile('killed', backend, {
      every: 60,
      times: 4,
      async hurt(time) {
        if (time % 2 === 0) {
          server.kill()
          await server.startAgain()
          return
        }
        // One of its processes: the server ends all others, recovers, and goes on under the same start time.
        const admin = new pg.Client({ connectionString: server.url })
        admin.on('error', () => {})
        await admin.connect()
        const { rows } = await admin.query(
          "SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast' LIMIT 1",
        )
        await admin.end()
        process.kill(rows[0].pid, 'SIGKILL')
      },
    })
    expect(hurtTimes).toBe(4)
    expect(warnings.filter((text) => text.includes('tried again')).length).toBeGreaterThan(4)
    expect(await audit(backend, 't', journal)).toEqual(nothingWrong)
    // The server came back each time, so only a commit whose number the next life gave out again stays unknown.
    const refused = journal.batches.filter(({ inserted }) => inserted === 'refused')
    expect(refused).toEqual([])
  })

  it.each([
    [60_000, { status: 'fulfilled', value: { inserted: 3_000 } }, 3_000],
    [0, { status: 'rejected', reason: { code: 'CONNECTION' } }, 0],
  ] as const)(
    'that is killed in the middle of a batch does all or nothing of it, with retryTimeoutMs %s',
    async (retryTimeoutMs, expected, there) => {
      const { server, backend } = await start()
      const inserting = await PostgresBackend.open({
        ...{ connectionString: server.url, ...options, retryTimeoutMs },
      })
      onTestFinished(() => inserting.close())
      const blocker = new pg.Client({ connectionString: server.url })
      blocker.on('error', () => {})
      await blocker.connect()
      // All but the last part of the batch gets in, which waits to hear whether its last id is taken.
      await blocker.query(`BEGIN; INSERT INTO faults.node (owner_key, id, position, tenant_id, conversation_id, source,
          has_code, has_error, tags, cluster_confidence, access_count, record)
        VALUES ('t:t', 'n2999', -1, 't', '', '', false, false, '{}', 0, 0, '{}')`)
      const batch = Array.from({ length: 3_000 }, (_, index) => node(`n${index}`, 't'))
      const result = Promise.allSettled([inserting.insertNodes(batch)])
      const watcher = new pg.Client({ connectionString: server.url })
      watcher.on('error', () => {})
      await watcher.connect()
      await expect
        .poll(async () => {
          const { rows } = await watcher.query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH %INSERT INTO%'",
          )
          return rows.length
        })
        .toBe(1)
      expect(await backend.countNodes({ tenantId: 't' })).toBe(0)
      server.kill()
      await server.startAgain()
      expect(await result).toMatchObject([expected])
      expect(await backend.countNodes({ tenantId: 't' })).toBe(there)
      expect((await backend.getEmbeddings({ tenantId: 't' })).rows).toBe(there)
    },
  )

  it('that ends connections by storms loses, doubles and halves nothing', async () => {
    const { server, backend, warnings } = await start()
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    onTestFinished(() => admin.end())
    let ended = 0
    const { journal } = await workWhile('terminated', backend, {
      every: 10,
      times: 25,
      async hurt() {
        const { rows } = await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'",
        )
        ended += rows.length
      },
    })
    expect(ended).toBeGreaterThan(50)
    expect(warnings.filter((text) => text.includes('tried again')).length).toBeGreaterThan(10)
    expect(await audit(backend, 't', journal)).toEqual(nothingWrong)
    expect(journal.batches.filter(({ inserted }) => inserted !== 'done')).toEqual([])
  })

  it('that stays away is a typed error after retryTimeoutMs, and works again when it is back', async () => {
    const { server, backend } = await start()
    const impatient = await PostgresBackend.open({
      ...{ connectionString: server.url, ...options, retryTimeoutMs: 300 },
    })
    onTestFinished(() => impatient.close())
    await server.killAll()
    await expect(impatient.countNodes({ tenantId: 't' })).rejects.toMatchObject({ code: 'CONNECTION' })
    const patient = backend.countNodes({ tenantId: 't' })
    await server.startAgain()
    expect(await patient).toBe(0)
    expect(await impatient.countNodes({ tenantId: 't' })).toBe(0)
  })

  it('that waits for nobody any more is ended while a backend sits idle, and the process goes on', async () => {
    const { server, backend, warnings } = await start()
    await backend.countNodes({ tenantId: 't' })
    server.kill()
    await expect.poll(() => warnings.length).toBeGreaterThan(0)
    await server.startAgain()
    expect(await backend.countNodes({ tenantId: 't' })).toBe(0)
  })
})
