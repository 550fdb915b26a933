import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../../src/index.js'
import { canStartServers, OwnServer } from '../support/own-server.js'
import { limitFileSize, mountSmallDisk } from '../support/small-disk.js'

const scope = { tenantId: 't' }
const batchSize = 200
/** About 2 KB each that do not compress. */
const batch = (name: number, text: () => string) =>
  Array.from({ length: batchSize }, (_, index) => ({
    ...{
      id: `${name}-${index}`,
      tenantId: 't',
      humanContent: text(),
      assistantContent: 'a',
      embedding: [1, 2],
    },
  }))

function noise(): string {
  return Array.from({ length: 125 }, () => Math.random().toString(36).slice(2, 10)).join('')
}

/** Inserts batches until one is refused. */
async function fill(backend: PostgresBackend) {
  for (let done = 0; done < 400; done += 1) {
    const error = await backend.insertNodes(batch(done, noise)).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined) return { done, error }
  }
  throw new Error('the disk never was full')
}

async function start() {
  const server = await OwnServer.start({ autovacuum: 'off' })
  onTestFinished(() => server.stop())
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  onTestFinished(() => admin.end())
  const open = async (retryTimeoutMs = 60_000) => {
    const options = { connectionString: server.url, schema: 'faults', dimensions: 2, retryTimeoutMs }
    const backend = await PostgresBackend.open(options)
    onTestFinished(() => backend.close())
    return backend
  }
  return { server, admin, open }
}

describe.runIf(canStartServers)('a disk of the server', () => {
  it('that is full is NO_SPACE, without another try, and no part of the batch is there', async ({ skip }) => {
    const { server, admin, open } = await start()
    const space = await mountSmallDisk(server, 24)
    if (space === undefined) return skip('nothing can be mounted here')
    await admin.query(`CREATE TABLESPACE small LOCATION '${space}'`)
    await admin.query('ALTER DATABASE holdfast_test SET default_tablespace = small')
    const backend = await open()
    await admin.query(
      `CREATE TABLE filler TABLESPACE small AS SELECT repeat(md5(i::text), 60) AS text FROM generate_series(1, 5000) i`,
    )
    const { done, error } = await fill(backend)
    expect(error).toMatchObject({ code: 'NO_SPACE', cause: { code: '53100' } })
    // The control: the disk was not full before.
    expect(done).toBeGreaterThan(0)
    expect(await backend.countNodes(scope)).toBe(done * batchSize)
    expect((await backend.getEmbeddings(scope)).rows).toBe(done * batchSize)
    await admin.query('DROP TABLE filler')
    await admin.query('CHECKPOINT')
    expect(await backend.insertNodes(batch(done, noise))).toMatchObject({ inserted: batchSize })
    expect(await backend.countNodes(scope)).toBe((done + 1) * batchSize)
  })

  it('that lets files grow no further is a typed error, and no part of the batch is there', async () => {
    const { server, open } = await start()
    await (await open()).insertNodes(batch(-1, noise))
    // A file of the write-ahead log has 16 MiB.
    await limitFileSize(server, 17 * 2 ** 20)
    const backend = await open()
    const { done, error } = await fill(backend)
    expect(error).toMatchObject({ code: 'NO_SPACE', message: expect.stringContaining('File too large') })
    expect(done).toBeGreaterThan(0)
    expect(await backend.countNodes(scope)).toBe((done + 1) * batchSize)
    expect((await backend.getEmbeddings(scope)).rows).toBe((done + 1) * batchSize)
    await limitFileSize(server, 2 ** 40)
    const relieved = await open()
    expect(await relieved.insertNodes(batch(done, noise))).toMatchObject({ inserted: batchSize })
  })
})
