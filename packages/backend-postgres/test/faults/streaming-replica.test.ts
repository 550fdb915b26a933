import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { canStartServers, OwnServer } from '../support/own-server.js'
import { StreamingReplica } from '../support/streaming-replica.js'

const acme = { tenantId: 'acme' }
const node = { humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }
const patience = { timeout: 60_000, interval: 100 }

describe.runIf(canStartServers)('a replica that streams from a server', () => {
  it('serves reads once it has what was written, and is done without when it is gone', {
    timeout: 300_000,
  }, async () => {
    const primary = await OwnServer.start()
    onTestFinished(() => primary.stop())
    const options = { connectionString: primary.url, dimensions: 2 }
    const writer = await PostgresBackend.open(options)
    await writer.insertNode({ ...node, id: 'before', ...acme })
    await writer.close()
    const replica = await StreamingReplica.of(primary)
    onTestFinished(() => replica.stop())
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
    const place = { replica: { connectionString: replica.url } }
    const backend = await PostgresBackend.open({ ...options, ...place, logger })
    onTestFinished(() => backend.close())
    const first = async (sql: string) => (await replica.query(sql))[0] ?? {}
    /** Scans of the nodes on the replica; its statistics are its own, and come a moment later. */
    const scans = async () =>
      Number(
        (await first(`SELECT idx_scan + seq_scan AS n FROM pg_stat_user_tables WHERE relname = 'node'`)).n,
      )
    const isReadThere = async (nodes: number) => {
      const before = await scans()
      await vi.waitUntil(async () => {
        expect(await backend.countNodes(acme)).toBe(nodes)
        return (await scans()) > before
      }, patience)
    }

    // Without a write of this process a read goes there, and the policies hold there too.
    await isReadThere(1)
    expect(await backend.countNodes({ tenantId: 'other' })).toBe(0)

    // While it stands still, every write is seen all the same.
    await replica.query('SELECT pg_wal_replay_pause()')
    const state = () => first('SELECT pg_get_wal_replay_pause_state() AS state')
    await vi.waitUntil(async () => (await state()).state === 'paused', patience)
    for (let time = 1; time <= 5; time += 1) {
      await backend.insertNode({ ...node, id: `n${time}`, ...acme })
      expect(await backend.countNodes(acme)).toBe(1 + time)
      expect(await backend.vectorSearch([1, 0], acme)).toHaveLength(1 + time)
    }
    // A control: it does lag behind.
    expect(await first('SELECT count(*)::int AS n FROM holdfast.node')).toEqual({ n: 1 })

    // Once it has caught up, it is read again.
    await replica.query('SELECT pg_wal_replay_resume()')
    await isReadThere(6)

    // And when it is gone, only the log says so.
    await replica.stop()
    for (let time = 0; time < 3; time += 1) expect(await backend.countNodes(acme)).toBe(6)
    await backend.insertNode({ ...node, id: 'after', ...acme })
    expect(await backend.countNodes(acme)).toBe(7)
    expect(warnings.some((warning) => /the replica is left alone/.test(warning))).toBe(true)
  })
})
