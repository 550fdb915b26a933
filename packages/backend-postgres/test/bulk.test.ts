import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type {
  ExportBatch,
  ExportedRecord,
  ImportedBatch,
  InsertResult,
  MemoryNodeInput,
} from '@holdfast/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { spiedPool } from './support/spied-pool.js'
import {
  databaseKinds,
  realUrl,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const dimensions = 64

/** Enough for several statements each of a few hundred records. */
const text = 'word '.repeat(600)

function nodeAt(index: number, extra: Partial<MemoryNodeInput> = {}): MemoryNodeInput {
  const embedding = new Float32Array(dimensions).fill(1)
  embedding[index % dimensions] = index + 2
  return { id: `n${index}`, humanContent: text, assistantContent: '', tenantId: 't', embedding, ...extra }
}

describe.each(databaseKinds)('bulk writes on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  /** Numbers of rows that a statement without a scope sees, with everything that belongs to nodes. */
  async function rowsIn(schema: string): Promise<readonly number[]> {
    const counts: number[] = []
    for (const table of ['node', 'node_vector', 'node_words']) {
      const { rows } = await database.pool.query(`SELECT count(*)::integer AS count FROM ${schema}.${table}`)
      counts.push(rows[0].count)
    }
    return counts
  }

  it.each(['insertNodes', 'importBatch'] as const)(
    'leaves nothing of a batch whose last statements fail, and goes on afterwards: %s',
    (how) =>
      withStore(database, { dimensions }, async (backend, schema) => {
        const nodes = Array.from({ length: 1500 }, (_, index) => nodeAt(index))
        const batch = await exported(database, nodes)
        const store = () =>
          how === 'insertNodes' ? backend.insertNodes(nodes) : backend.admin.importBatch(batch)
        for (const table of ['node', 'node_vector', 'node_words']) {
          await database.pool.query(`
            CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'refused by the test' USING ERRCODE = '23514'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.${table} FOR EACH ROW
              WHEN (NEW.position >= 1500) EXECUTE FUNCTION ${schema}.refuse()`)
          await database.pool.query(`ALTER SEQUENCE ${schema}.record_position RESTART`)
          await expect(store(), table).rejects.toThrow('refused by the test')
          expect(await rowsIn(schema), table).toEqual([0, 0, 0])
          await database.pool.query(`DROP FUNCTION ${schema}.refuse CASCADE`)
        }
        // Control: the same batch is stored where nothing refuses it.
        expect(await store()).toEqual({ inserted: 1500, replaced: 0, ignored: 0 })
        expect(await rowsIn(schema)).toEqual([1500, 1500, 1500])
      }),
  )

  it('stores nothing twice of an import that is repeated, and keeps the order', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const nodes = Array.from({ length: 2000 }, (_, index) =>
        nodeAt(index, { tenantId: `t${index % 3}`, userId: 'ada' }),
      )
      const whole = await exported(database, nodes)
      const part = { ...whole, records: whole.records.slice(0, 900) }
      await backend.admin.importBatch(part)
      expect(await backend.admin.importBatch(whole, { onConflict: 'ignore' })).toEqual({
        inserted: 1100,
        replaced: 0,
        ignored: 900,
      })
      const once = await backend.admin.fingerprint()
      expect(await backend.admin.importBatch(whole, { onConflict: 'ignore' })).toEqual({
        inserted: 0,
        replaced: 0,
        ignored: 2000,
      })
      expect(await backend.admin.fingerprint()).toEqual(once)
      expect(await rowsIn(schema)).toEqual([2000, 2000, 2000])
      expect((await backend.getNodes({ userId: 'ada' })).map(({ id }) => id)).toEqual(
        nodes.map(({ id }) => id),
      )
      // Control: without 'ignore' a record that is there already is refused.
      await expect(backend.admin.importBatch(part)).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    }))

  it('replaces some of a batch of many statements, each in its place, and adds the others', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      await backend.insertNodes(Array.from({ length: 1000 }, (_, index) => nodeAt(index * 2)))
      const nodes = Array.from({ length: 1000 }, (_, index) =>
        nodeAt(index, { humanContent: `new ${index}` }),
      )
      expect(await backend.insertNodes(nodes, { onConflict: 'replace' })).toEqual({
        inserted: 500,
        replaced: 500,
        ignored: 0,
      })
      expect(await rowsIn(schema)).toEqual([1500, 1500, 1500])
      const stored = await backend.getNodes({ tenantId: 't' })
      expect(stored.slice(0, 1000).map(({ id }) => id)).toEqual(
        Array.from({ length: 1000 }, (_, index) => `n${index * 2}`),
      )
      expect(stored.find(({ id }) => id === 'n998')?.humanContent).toBe('new 998')
      expect(stored.find(({ id }) => id === 'n1000')?.humanContent).toBe(text)
      expect(stored.at(-1)).toMatchObject({ id: 'n999', humanContent: 'new 999' })
    }))

  it('says that an id was taken, also when its record is deleted before anybody can look', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      await backend.insertNodes([nodeAt(1)])
      const { pool, sent } = spiedPool(database.pool, (statement) =>
        statement.text.startsWith('ROLLBACK TO')
          ? { ...statement, text: `${statement.text}; DELETE FROM ${schema}.node` }
          : statement,
      )
      const second = await PostgresBackend.open({ pool, schema })
      try {
        await expect(second.insertNodes([nodeAt(0), nodeAt(1)])).rejects.toMatchObject({
          code: 'DUPLICATE_ID',
          message: expect.stringContaining('an id of the batch'),
        })
        // Controls: the record was away when it was looked for, and comes back with the transaction.
        expect(sent.filter(({ text }) => text.includes('DELETE FROM'))).toHaveLength(1)
        expect(await rowsIn(schema)).toEqual([1, 1, 1])
        await expect(backend.insertNodes([nodeAt(0), nodeAt(1)])).rejects.toThrow('a node with the id n1')
      } finally {
        await second.close()
      }
    }))

  it('goes into a schema whose name looks like a parameter', () =>
    withStore(database, { dimensions, schema: `a$1"$2_${kind.length}` }, async (backend) => {
      const nodes = Array.from({ length: 300 }, (_, index) => nodeAt(index))
      expect(await backend.insertNodes(nodes)).toMatchObject({ inserted: 300 })
      await expect(backend.insertNodes(nodes.slice(200))).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
        message: expect.stringContaining('n200'),
      })
      expect(await backend.countNodes({ tenantId: 't' })).toBe(300)
      expect((await backend.getEmbeddings({ tenantId: 't' })).rows).toBe(300)
    }))

  it('keeps values that are hard to write in binary form', () =>
    withStore(database, { dimensions: 4 }, async (backend) => {
      const long = 'é'.repeat(700_000)
      const texts = [
        '',
        '\0',
        'a\0b',
        '\ud800',
        '\udc00x',
        '\u0001',
        '\u{1f600}',
        '\\N',
        '"{},\\',
        '\r\n\t',
        long,
      ]
      const vectors = [
        [-0, 0, 0, 1],
        [1e-45, -1e-45, 0, -0],
        [1.17549421e-38, 0, 0, 0],
        [3.4028234663852886e38, -3.4028234663852886e38, 1, 1e-45],
        [1e-20, 1e20, 0.1, -0.1],
      ].map((values) => new Float32Array(values))
      const numbers = [0, 1, -1, 2147483647, -2147483648]
      const counts = [0, 1, 4294967295, 4294967296, Number.MAX_SAFE_INTEGER]
      const times = [
        '0001-01-01',
        '1969-12-31T23:59:59.999999',
        '9999-12-31T23:59:59.999999-23:59',
        '2024-02-29',
      ]
      const confidences = [0, 1, 5e-324, 0.1, 0.30000000000000004]
      const at = <T>(values: readonly T[], index: number) => values[index % values.length] as T
      const nodes = Array.from({ length: 60 }, (_, index) => ({
        id: `n${index}`,
        tenantId: 't',
        userId: index % 2 === 0 ? 'ada' : null,
        humanContent: at(texts, index),
        assistantContent: at(texts, index + 5),
        source: at(texts, index + 1).slice(0, 100),
        conversationId: at(texts, index + 2).slice(0, 100),
        clusterLabel: index % 3 === 0 ? null : at(texts, index + 3).slice(0, 100),
        tags: { domains: [at(texts, index + 4).slice(0, 100), 'null'], topics: [] },
        clusterId: index % 4 === 0 ? null : at(numbers, index),
        accessCount: at(counts, index),
        clusterConfidence: at(confidences, index),
        createdAt: at(times, index),
        lastAccessed: index % 5 === 0 ? null : at(times, index + 1),
        embedding: at(vectors, index),
      }))
      await backend.insertNodes(nodes)
      const stored = await backend.getNodes({ tenantId: 't' })
      for (const [index, { embedding: _, tags, ...node }] of nodes.entries()) {
        expect(stored[index]).toMatchObject(node)
        expect(stored[index]?.tags).toMatchObject(tags)
      }
      const { data } = await backend.getEmbeddings({ tenantId: 't' })
      expect(bits(data)).toEqual(bits(Float32Array.from(nodes.flatMap(({ embedding }) => [...embedding]))))
      const once = await backend.admin.fingerprint()
      expect(once).toMatchObject({ nodes: 60, vectors: 60 })
      await withStore(database, { dimensions: 4 }, async (copy) => {
        for await (const batch of backend.admin.exportAll()) await copy.admin.importBatch(batch)
        expect(await copy.admin.fingerprint()).toEqual(once)
      })
    }))
})

const servers = databaseKinds.filter((kind) => kind === 'a real server')

describe.each(servers)('an import by COPY into %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const nodes = Array.from({ length: 1500 }, (_, index) => ({
    ...nodeAt(index, { tenantId: `t${index % 3}`, userId: index % 2 === 0 ? 'ada' : null }),
    createdAt: '2025-01-02T03:04:05.123456',
    tags: { domains: ['a "b"\\{},', 'NULL', ''].slice(index % 4), topics: [] },
  }))

  /** The batch by a login of its own, and what was sent for it. */
  async function importedBy(backend: PostgresBackend, schema: string, bound: boolean) {
    const login = `${schema}_login`
    const name = new URL(String(realUrl))
    await database.pool.query(
      `CREATE ROLE ${login} LOGIN PASSWORD 'secret' IN ROLE ${schema}_app, ${schema}_admin ${bound ? '' : 'BYPASSRLS'}`,
    )
    name.username = login
    name.password = 'secret'
    const own = new pg.Pool({ connectionString: name.href, max: 1 })
    const { pool, sent } = spiedPool(own)
    try {
      const importing = await PostgresBackend.open({ pool, schema, create: false })
      await importing.admin.importBatch(await exported(database, nodes))
      await importing.close()
    } finally {
      await own.end()
      await database.pool.query(`DROP ROLE ${login}`)
    }
    const copies = sent.filter(({ text }) => text.startsWith('COPY')).length
    return { copies, fingerprint: await backend.admin.fingerprint() }
  }

  it.each([
    { bound: true, how: 'inserts as a login that policies hold for' },
    { bound: false, how: 'copies as a login that they do not hold for' },
  ])('$how, and stores the same', ({ bound }) =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const { copies, fingerprint } = await importedBy(backend, schema, bound)
      expect(copies > 0).toBe(!bound)
      await withStore(database, { dimensions }, async (other) => {
        await other.insertNodes(nodes)
        expect(fingerprint).toEqual(await other.admin.fingerprint())
        const search = (store: PostgresBackend) =>
          store.keywordSearch('word', { tenantId: 't1' }, { topK: 50 })
        expect((await search(backend)).map(({ node: { id } }) => id)).toEqual(
          (await search(other)).map(({ node: { id } }) => id),
        )
        const filter = { filter: { tags: ['NULL'] } }
        const count = await other.countNodes({ tenantId: 't1' }, filter)
        expect(count).toBeGreaterThan(0)
        expect(await backend.countNodes({ tenantId: 't1' }, filter)).toBe(count)
      })
    }),
  )

  it('names the first record that is there already, stores nothing, and can be used on', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const batch = await exported(database, nodes)
      await backend.insertNodes([nodes[1450], nodes[1449]].flatMap((node) => (node ? [node] : [])))
      await expect(backend.admin.importBatch(batch)).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
        message: expect.stringContaining('n1449'),
      })
      expect(await rowCount(database, schema)).toBe(2)
      expect(await backend.admin.importBatch(batch, { onConflict: 'ignore' })).toMatchObject({
        inserted: 1498,
      })
    }))

  it('goes on in order when the connection breaks between many batches, and stores each record once', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const whole = await exported(database, nodes)
      const batches = Array.from({ length: 75 }, (_, index) => ({
        ...whole,
        records: whole.records.slice(index * 20, (index + 1) * 20),
      }))
      let copies = 0
      let broken = 0
      const { pool } = spiedPool(database.pool, (statement) => {
        if (!statement.text.startsWith('COPY')) return statement
        copies += 1
        if (copies !== 3 && copies !== 6) return statement
        broken += 1
        return { ...statement, text: 'SELECT pg_terminate_backend(pg_backend_pid())' }
      })
      const breaking = await PostgresBackend.open({ pool, schema })
      const results: number[] = []
      for await (const { inserted } of breaking.admin.importAll(batches)) results.push(inserted)
      await breaking.close()
      expect(broken).toBe(2)
      expect(results).toEqual([20, 320, 320, 320, 320, 200])
      await withStore(database, { dimensions }, async (other) => {
        await other.admin.importBatch(whole)
        expect(await backend.admin.fingerprint()).toEqual(await other.admin.fingerprint())
      })
    }))

  it('is begun again when the connection breaks, and ended by a signal, all or nothing', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const batch = await exported(database, nodes)
      let armed = true
      const { pool } = spiedPool(database.pool, (statement) => {
        if (!armed || !statement.text.startsWith('COPY')) return statement
        armed = false
        return { ...statement, text: 'SELECT pg_terminate_backend(pg_backend_pid())' }
      })
      const breaking = await PostgresBackend.open({ pool, schema })
      expect(await breaking.admin.importBatch(batch)).toMatchObject({ inserted: 1500 })
      expect(armed).toBe(false)
      expect(await rowCount(database, schema)).toBe(1500)
      await breaking.close()
      const controller = new AbortController()
      const reason = new Error('enough')
      const aborted = spiedPool(database.pool, (statement) => {
        if (statement.text.startsWith('COPY')) controller.abort(reason)
        return statement
      })
      const aborting = await PostgresBackend.open({ pool: aborted.pool, schema })
      const records = batch.records.map(({ id, text, ...rest }) => ({
        ...rest,
        id: `x${id}`,
        text: text.replace(JSON.stringify(id), JSON.stringify(`x${id}`)),
      }))
      const more = aborting.admin.importBatch({ ...batch, records }, { signal: controller.signal })
      await expect(more).rejects.toBe(reason)
      await aborting.close()
      expect(await rowCount(database, schema)).toBe(1500)
      // Control: the same records are taken without a signal.
      expect(await backend.admin.importBatch({ ...batch, records })).toMatchObject({ inserted: 1500 })
    }))
})

// Embedded PostgreSQL keeps its own memory in this process, so there the figure would say nothing.
describe.each(servers)('bulk writes to %s', (kind) => {
  it.each([
    ['importBatch', 'a batch', 40e6],
    ['importAll', 'what is stored and what is checked', 100e6],
  ] as const)(
    'imports 100,000 records by %s without holding more than %s',
    { timeout: 300_000 },
    async (how, _, bound) => {
      const database = await startDatabase(kind)
      try {
        await withStore(database, { dimensions: 8 }, async (backend) => {
          const [template] = (
            await exported(database, [nodeAt(0, { embedding: new Float32Array(8).fill(1) })])
          ).records
          if (template === undefined) throw new Error('nothing was exported')
          const collect = collector()
          let bytes = 0
          let most = 0
          collect()
          const before = used()
          const batches = function* (): Generator<ImportedBatch> {
            for (let first = 0; first < 100_000; first += 1000) {
              const records = Array.from({ length: 1000 }, (_, index): ExportedRecord => {
                const id = `n${first + index}`
                return { ...template, id, text: template.text.replace('"n0"', JSON.stringify(id)) }
              })
              bytes += records.reduce((sum, record) => sum + record.text.length, 0)
              yield { kind: 'nodes', records }
            }
          }
          let stored = 0
          const look = ({ inserted }: InsertResult) => {
            const tens = Math.floor(stored / 10_000)
            stored += inserted
            if (Math.floor(stored / 10_000) === tens) return
            collect()
            most = Math.max(most, used() - before)
          }
          if (how === 'importAll') for await (const result of backend.admin.importAll(batches())) look(result)
          else for (const batch of batches()) look(await backend.admin.importBatch(batch))
          expect(await backend.countNodes({ tenantId: 't' })).toBe(100_000)
          // Control: everything together is many times what may be held.
          expect(bytes).toBeGreaterThan(300e6)
          expect(most).toBeLessThan(bound)
        })
      } finally {
        await database.end()
      }
    },
  )
})

/** What a store that holds these nodes exports. */
async function exported(
  database: TestDatabase,
  nodes: readonly MemoryNodeInput[],
): Promise<Pick<ExportBatch, 'kind' | 'records'>> {
  const size = nodes[0]?.embedding?.length ?? dimensions
  return withStore(database, { dimensions: size }, async (backend) => {
    await backend.insertNodes(nodes)
    const records: ExportBatch['records'][number][] = []
    for await (const batch of backend.admin.exportAll()) records.push(...batch.records)
    return { kind: 'nodes', records }
  })
}

async function rowCount({ pool }: TestDatabase, schema: string): Promise<number> {
  const { rows } = await pool.query(`SELECT count(*)::integer AS count FROM ${schema}.node`)
  return rows[0].count
}

function bits(vector: Float32Array): readonly number[] {
  return [...new Uint32Array(vector.buffer, vector.byteOffset, vector.length)]
}

function used(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Node offers its collection of garbage only when it is asked for at the start, or in a context that is made later. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
