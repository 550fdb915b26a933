import type { MaintainOptions, MaintainProgress, OwnerIndexReport } from '@holdfast/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend, type PostgresStoreOptions } from '../src/index.js'
import { asApplication } from './support/application-role.js'
import { seeded } from './support/random-numbers.js'
import { type SentStatement, spiedPool } from './support/spied-pool.js'
import { startDatabase, suiteKinds, type TestDatabase, withStore } from './support/test-database.js'

const dimensions = 16
const large = 300
const limits = { minRows: 200 } satisfies MaintainOptions

const big = { tenantId: "big'; \\ -- %" }
const other = { tenantId: 'other' }
const small = { tenantId: 'small' }

function vectorOf(random: () => number): Float32Array {
  return Float32Array.from({ length: dimensions }, () => random() - 0.5)
}

function node(id: string, scope: { readonly tenantId: string }, embedding: Float32Array) {
  return { id, ...scope, userId: 'ada', humanContent: 'q', assistantContent: 'a', embedding, source: 'web' }
}

/** Two large tenants, `big` and `other`, and a small one. */
async function fill(backend: PostgresBackend, random: () => number): Promise<void> {
  for (const [scope, rows] of [
    [big, large],
    [other, large],
    [small, 20],
  ] as const) {
    await backend.insertNodes(Array.from({ length: rows }, (_, i) => node(`n${i}`, scope, vectorOf(random))))
  }
}

/** A store with those three and their indexes. */
function maintained(
  database: TestDatabase,
  use: (backend: PostgresBackend, schema: string, random: () => number) => Promise<void>,
  options: PostgresStoreOptions = {},
): Promise<void> {
  const random = seeded()
  return withStore(database, { dimensions, ...options }, async (backend, schema) => {
    await fill(backend, random)
    await backend.admin.maintain(limits)
    await use(backend, schema, random)
  })
}

const brief = ({ owner, kind, action, rows }: OwnerIndexReport) => [owner?.tenantId, kind, action, rows]

/** The names of the indexes over vectors that a schema has. */
async function indexes(database: TestDatabase, schema: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ readonly indexname: string }>(
    // Not by their definitions: the server would make those of other schemas too, which other tests drop meanwhile.
    `SELECT c.relname AS indexname FROM pg_class c JOIN pg_am a ON a.oid = c.relam
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'i' AND a.amname = 'hnsw' ORDER BY 1`,
    [schema],
  )
  return rows.map(({ indexname }) => indexname)
}

async function plan(backend: PostgresBackend, scope: object, options: object = {}): Promise<unknown> {
  const { strategy, exact } = await backend.explainSearch(new Float32Array(dimensions).fill(1), scope, {
    minScore: -1,
    ...options,
  })
  return [strategy, exact]
}

const exactly = ['exact', true]
const byIndex = ['hnsw', false]

/** What the planner makes of the statement that a search sends, with the settings that went before it. */
async function planOf(database: TestDatabase, sent: readonly SentStatement[]): Promise<string> {
  const start = sent.findLastIndex(({ text }) => text.startsWith('BEGIN'))
  const client = await database.pool.connect()
  try {
    let lines = ''
    for (const { text, values = [] } of sent.slice(start)) {
      if (text === 'COMMIT') break
      const explained = text.includes('nearest AS')
      const result = await client.query(explained ? `EXPLAIN ${text}` : text, [...values])
      if (explained) lines += result.rows.map((row) => `${row['QUERY PLAN']}\n`).join('')
    }
    return lines
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

describe.each(suiteKinds)('indexes of large owners on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('are built for those who are large enough, once, and say nothing in their names', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      await fill(backend, seeded())
      expect(await plan(backend, big)).toEqual(exactly)
      const told: MaintainProgress[] = []
      const { indexes: built } = await backend.admin.maintain({
        ...limits,
        onProgress: (progress) => told.push(progress),
      })
      expect(built.map(brief).sort()).toEqual(
        [
          [big.tenantId, 'nodes', 'built', large],
          [other.tenantId, 'nodes', 'built', large],
        ].sort(),
      )
      for (const { recall } of built) expect(recall).toBeGreaterThanOrEqual(0.95)
      expect(told.map(({ step }) => step)).toEqual([
        ...['survey', 'build', 'check', 'build', 'check', 'analyze'],
      ])
      expect(told.at(-1)).toMatchObject({ done: 2, total: 2 })
      const names = await indexes(database, schema)
      expect(names).toHaveLength(2)
      for (const name of names) expect(name).toMatch(/^node_hnsw_[0-9a-f]{32}$/)

      const again = await backend.admin.maintain(limits)
      expect(again.indexes.map(({ action }) => action)).toEqual(['kept', 'kept'])
      expect(again.indexes.map(({ recall }) => recall)).toEqual(built.map(({ recall }) => recall))
      expect(await indexes(database, schema)).toEqual(names)
    }))

  it('are used for their owner alone, unless a search is to be exact', () =>
    maintained(database, async (backend, schema) => {
      expect(await plan(backend, big)).toEqual(byIndex)
      expect(await plan(backend, other)).toEqual(byIndex)
      expect(await plan(backend, small)).toEqual(exactly)
      expect(await plan(backend, { tenantId: 'nobody' })).toEqual(exactly)
      expect(await plan(backend, { userId: 'ada' })).toEqual(exactly)
      expect(await plan(backend, big, { exact: true })).toEqual(exactly)
      expect(await plan(backend, big, { filter: { ids: ['n1', 'n2'] } })).toEqual(exactly)
      expect(await plan(backend, big, { topK: 251 })).toEqual(exactly)
      const never = await PostgresBackend.open({ ...database.target, schema, approximateSearch: false })
      expect(await plan(never, big)).toEqual(exactly)
      await never.close()
    }))

  it('are what the statement of a search reads from, and never another owner’s', () =>
    maintained(database, async (_, schema) => {
      const { pool, sent } = spiedPool(database.pool)
      const backend = await PostgresBackend.open({ pool, schema })
      const query = new Float32Array(dimensions).fill(1)
      const { rows } = await database.pool.query<{ readonly owner_key: string; readonly index_name: string }>(
        `SELECT owner_key, index_name FROM ${schema}.owner_index`,
      )
      const nameOf = ({ tenantId }: { readonly tenantId: string }) =>
        rows.find((row) => row.owner_key === `t:${tenantId}`)?.index_name ?? 'none'
      for (const [mine, theirs] of [
        [big, other],
        [other, big],
      ] as const) {
        for (const options of [{}, { filter: { source: 'web' } }]) {
          expect(await backend.vectorSearch(query, mine, { minScore: -1, ...options })).toHaveLength(10)
          const text = await planOf(database, sent)
          expect(text).toContain(`Index Scan using ${nameOf(mine)}`)
          expect(text).not.toContain(nameOf(theirs))
        }
      }
      for (const [scope, options] of [
        [small, {}],
        [{ userId: 'ada' }, {}],
        [big, { exact: true }],
      ] as const) {
        expect(await backend.vectorSearch(query, scope, { minScore: -1, ...options })).toHaveLength(10)
        const text = await planOf(database, sent)
        expect(text).toContain('node_vector')
        expect(text).not.toContain('_hnsw_')
      }
      await backend.close()
    }))

  it('give true scores, best first, of that owner’s rows as they are now', () =>
    maintained(database, async (backend, _, random) => {
      const query = vectorOf(random)
      const before = await backend.vectorSearch(query, big, { minScore: -1 })
      const truth = await backend.vectorSearch(query, big, { minScore: -1, exact: true })
      expect(before.map(({ node: { id }, score }) => [id, score])).toEqual(
        truth.map(({ node: { id }, score }) => [id, score]),
      )
      const gone = before.slice(0, 4).map(({ node: { id } }) => id)
      expect(await backend.deleteNodes(big, gone)).toBe(4)
      const nearer = query.map((value, index) => value * (index === 0 ? 1.001 : 1))
      await backend.insertNode(node('nearer', big, nearer))
      // The same vector elsewhere: nearer than anything, and not to be found.
      await backend.insertNode(node('theirs', other, query))
      const after = await backend.vectorSearch(query, big, { minScore: -1 })
      expect(await plan(backend, big)).toEqual(byIndex)
      expect(after.map(({ node: { id } }) => id)).toEqual([
        'nearer',
        ...(await backend.vectorSearch(query, big, { minScore: -1, exact: true }))
          .slice(1)
          .map(({ node: { id } }) => id),
      ])
      for (const id of gone) expect(after.map((found) => found.node.id)).not.toContain(id)
      const least = after[4]?.score ?? 0
      const above = await backend.vectorSearch(query, big, { minScore: least })
      expect(above.map(({ node: { id } }) => id)).toEqual(after.slice(0, 5).map(({ node: { id } }) => id))
    }))

  it('are asked for once, and not used any more when they are not ready, whatever is known of them', () =>
    maintained(database, async (_, schema) => {
      const { pool, sent } = spiedPool(database.pool)
      const backend = await PostgresBackend.open({ pool, schema })
      const query = new Float32Array(dimensions).fill(1)
      const statements = async (scope: object) => {
        const start = sent.length
        const found = await backend.vectorSearch(query, scope, { minScore: -1 })
        expect(found).toHaveLength(10)
        const texts = sent.slice(start).map(({ text }) => text)
        return texts
          .filter((text) => !/^(BEGIN|COMMIT|SELECT pg_catalog\.set_config\(\$)/.test(text))
          .map(kindOf)
      }
      const kindOf = (text: string) => {
        if (text.startsWith('SELECT i.element')) return 'ask'
        if (text.includes('<=>')) return 'index'
        return text.includes("'enable_sort', 'on'") ? 'leave' : 'exact'
      }
      expect(await statements(big)).toEqual(['ask', 'index'])
      expect(await statements(big)).toEqual(['index'])
      expect((await statements(small))[0]).toBe('ask')
      expect(await statements(small)).not.toContain('ask')
      // What another owner is known to have says nothing of this one.
      expect(await statements(other)).toEqual(['ask', 'index'])
      const set = (state: string) =>
        database.pool.query(`UPDATE ${schema}.owner_index SET state = $1 WHERE owner_key = $2`, [
          state,
          `t:${big.tenantId}`,
        ])
      await set('building')
      expect((await statements(big)).slice(0, 3)).toEqual(['index', 'leave', 'exact'])
      expect((await statements(big)).slice(0, 2)).toEqual(['ask', 'exact'])
      expect(await statements(big)).not.toContain('ask')
      expect(await statements(other)).toEqual(['index'])
      await set('ready')
      // It is asked for again after a while, and whenever a plan is wanted.
      expect(await plan(backend, big)).toEqual(byIndex)
      expect(await statements(big)).toEqual(['index'])
      await backend.close()
    }))

  it('are left for good by a search that has to look further', () =>
    maintained(database, async (_, schema) => {
      const { pool, sent } = spiedPool(database.pool)
      const backend = await PostgresBackend.open({ pool, schema })
      const query = new Float32Array(dimensions).fill(1)
      await backend.insertNodes(Array.from({ length: 60 }, (_, i) => node(`same${i}`, big, query)))
      await backend.vectorSearch(query, big)
      await database.pool.query(`UPDATE ${schema}.owner_index SET state = 'building'`)
      const start = sent.length
      expect((await backend.vectorSearch(query, big)).map(({ node: { id } }) => id)).toEqual(
        Array.from({ length: 10 }, (_, i) => `same${i}`),
      )
      const texts = sent.slice(start).map(({ text }) => text)
      const left = texts.findIndex((text) => text.includes("'enable_sort', 'on'"))
      // Control: more than one statement follows, so that it has looked further.
      const after = texts.slice(left + 1).filter((text) => text !== 'COMMIT')
      expect(after.length).toBeGreaterThan(1)
      expect(after.filter((text) => text.startsWith('BEGIN'))).toEqual([])
      await backend.close()
    }))

  it('hold vectors of every length', () =>
    maintained(database, async (backend) => {
      const huge = new Float32Array(dimensions).fill(1e20)
      const tiny = new Float32Array(dimensions).fill(-1e-25)
      await backend.insertNodes([node('huge', big, huge), node('tiny', big, tiny)])
      for (const [vector, id] of [
        [huge, 'huge'],
        [tiny, 'tiny'],
      ] as const) {
        const [first] = await backend.vectorSearch(vector, big, { topK: 1 })
        expect([first?.node.id, first?.score]).toEqual([id, 1])
      }
      expect(await plan(backend, big, { topK: 1 })).toEqual(byIndex)
    }))

  it('are left when they give too few, and the search compares everything', () =>
    maintained(database, async (backend, _, random) => {
      const rare = Array.from({ length: 7 }, (_, i) => ({
        ...node(`rare${i}`, big, vectorOf(random)),
        source: 'rare',
      }))
      await backend.insertNodes(rare)
      const filter = { source: 'rare' }
      expect(await plan(backend, big, { filter, topK: 5 })).toEqual(byIndex)
      expect(await plan(backend, big, { filter })).toEqual(exactly)
      const found = await backend.vectorSearch(vectorOf(random), big, { filter, minScore: -1 })
      expect(found.map(({ node: { id } }) => id).sort()).toEqual(rare.map(({ id }) => id).sort())
      await backend.deleteNodes(
        big,
        Array.from({ length: large - 2 }, (_, i) => `n${i}`),
      )
      expect(await backend.vectorSearch(vectorOf(random), big, { minScore: -1 })).toHaveLength(9)
      expect(await plan(backend, big)).toEqual(exactly)
      expect(await plan(backend, big, { topK: 9 })).toEqual(byIndex)
    }))

  it('are not used while they are invalid, and built anew', () =>
    maintained(database, async (backend, schema) => {
      const { rows } = await database.pool.query<{ readonly index_name: string }>(
        `SELECT index_name FROM ${schema}.owner_index WHERE owner_key = $1`,
        [`t:${big.tenantId}`],
      )
      const name = rows[0]?.index_name
      await database.pool.query(
        `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${schema}.${name}'::regclass`,
      )
      expect(await plan(backend, big)).toEqual(exactly)
      expect(await plan(backend, other)).toEqual(byIndex)
      const report = await backend.admin.maintain(limits)
      expect(
        Object.fromEntries(report.indexes.map((index) => [index.owner?.tenantId, index.action])),
      ).toEqual({ [big.tenantId]: 'built', other: 'kept' })
      expect(await plan(backend, big)).toEqual(byIndex)
      // Dropped by hand: the catalog is believed, not the table.
      await database.pool.query(`DROP INDEX ${schema}.${name}`)
      expect(await plan(backend, big)).toEqual(exactly)
    }))

  it('go when their owner shrinks or vanishes, or nobody is known to have them', () =>
    maintained(database, async (backend, schema) => {
      await backend.deleteNodes(
        big,
        Array.from({ length: large - limits.minRows / 2 }, (_, i) => `n${i}`),
      )
      expect((await backend.admin.maintain(limits)).indexes.map(({ action }) => action)).toEqual([
        'kept',
        'kept',
      ])
      await backend.deleteNodes(big, [`n${large - 1}`])
      await backend.deleteScope(other)
      await database.pool.query(
        `CREATE INDEX node_hnsw_${'0'.repeat(32)} ON ${schema}.node_vector (position) WHERE owner_key = 't:x'`,
      )
      const { indexes: dropped } = await backend.admin.maintain(limits)
      expect(dropped.map(({ owner, action }) => [owner?.tenantId, action]).sort()).toEqual(
        [
          [big.tenantId, 'dropped'],
          ['other', 'dropped'],
          [undefined, 'dropped'],
        ].sort(),
      )
      expect(await indexes(database, schema)).toEqual([])
      expect((await backend.admin.maintain(limits)).indexes).toEqual([])
      expect(await plan(backend, big)).toEqual(exactly)
    }))

  it('are as many as are allowed, for the largest', () =>
    maintained(database, async (backend, schema) => {
      await backend.deleteNodes(big, ['n0'])
      const report = await backend.admin.maintain({ ...limits, maxIndexes: 1 })
      expect(report.indexes.map(({ owner, action }) => [owner?.tenantId, action])).toEqual([
        [big.tenantId, 'dropped'],
        ['other', 'kept'],
      ])
      expect(await indexes(database, schema)).toHaveLength(1)
      expect([await plan(backend, big), await plan(backend, other)]).toEqual([exactly, byIndex])
    }))

  it('are refused when they do not find what is nearest, and not tried again at once', () =>
    withStore(database, { dimensions }, async (_, schema) => {
      const random = seeded()
      // What an index is asked for is turned around, so that it finds the farthest.
      const turned = spiedPool(database.pool, (statement) => {
        if (!statement.text.includes('<=>')) return statement
        const values = (statement.values ?? []).map((value) =>
          Buffer.isBuffer(value) ? negated(value) : value,
        )
        return { ...statement, values }
      })
      const backend = await PostgresBackend.open({ pool: turned.pool, schema })
      await fill(backend, random)
      const { indexes: refused } = await backend.admin.maintain(limits)
      expect(refused.map(({ action }) => action)).toEqual(['refused', 'refused'])
      for (const { recall } of refused) expect(recall).toBeLessThan(0.2)
      expect(await indexes(database, schema)).toEqual([])
      expect(await plan(backend, big)).toEqual(exactly)
      await backend.close()
      const sound = await PostgresBackend.open({ ...database.target, schema })
      const left = await sound.admin.maintain(limits)
      expect(left.indexes.map(({ action, seconds }) => [action, seconds])).toEqual([
        ['refused', 0],
        ['refused', 0],
      ])
      // Once the data has changed, it is tried again.
      const more = Array.from({ length: large }, (_, i) => node(`more${i}`, big, vectorOf(random)))
      await sound.insertNodes(more)
      const tried = await sound.admin.maintain(limits)
      expect(tried.indexes.map(({ owner, action }) => [owner?.tenantId, action])).toEqual([
        [big.tenantId, 'built'],
        ['other', 'refused'],
      ])
      await sound.close()
    }))

  it('are checked again by every run, and built anew when they find too little', () =>
    maintained(database, async (_, schema) => {
      let isTurned = true
      const turned = spiedPool(database.pool, (statement) => {
        if (statement.text.startsWith('CREATE INDEX')) isTurned = false
        if (!isTurned || !statement.text.includes('<=>')) return statement
        const values = (statement.values ?? []).map((value) =>
          Buffer.isBuffer(value) ? negated(value) : value,
        )
        return { ...statement, values }
      })
      const backend = await PostgresBackend.open({ pool: turned.pool, schema })
      await backend.deleteNodes(other, ['n0'])
      const { indexes: mended } = await backend.admin.maintain(limits)
      expect(mended.map(({ owner, action }) => [owner?.tenantId, action])).toEqual([
        [big.tenantId, 'built'],
        ['other', 'kept'],
      ])
      expect(mended[0]?.reason).toMatch(/^it found only 0\.\d+ of the true nearest by now$/)
      expect(mended[0]?.recall).toBeGreaterThanOrEqual(0.95)
      expect(await plan(backend, big)).toEqual(byIndex)
      await backend.close()
    }))

  it('are looked after by one at a time', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      await fill(backend, seeded())
      const second = await PostgresBackend.open({ ...database.target, schema })
      let rival: Promise<unknown> | undefined
      const report = await backend.admin.maintain({
        ...limits,
        onProgress: ({ step }) => {
          if (step === 'survey') {
            rival = second.admin.maintain(limits).catch((error: unknown) => error)
          }
        },
      })
      expect(report.indexes.map(({ action }) => action)).toEqual(['built', 'built'])
      expect(await rival).toMatchObject({ code: 'LOCKED' })
      expect((await second.admin.maintain(limits)).indexes.map(({ action }) => action)).toEqual([
        'kept',
        'kept',
      ])
      await second.close()
    }))

  it('are not used when their building was broken off, and built by the next run', () =>
    withStore(database, { dimensions }, async (backend) => {
      await fill(backend, seeded())
      const controller = new AbortController()
      const stopped = new Error('stopped')
      await expect(
        backend.admin.maintain({
          ...limits,
          signal: controller.signal,
          onProgress: ({ step }) => {
            if (step === 'check') controller.abort(stopped)
          },
        }),
      ).rejects.toBe(stopped)
      expect([await plan(backend, big), await plan(backend, other)]).toEqual([exactly, exactly])
      const report = await backend.admin.maintain(limits)
      expect(report.indexes.map(({ action }) => action)).toEqual(['built', 'built'])
      expect([await plan(backend, big), await plan(backend, other)]).toEqual([byIndex, byIndex])
    }))

  it('are each owner’s own secret', () =>
    maintained(database, async (_, schema) => {
      const seen = (settings: Readonly<Record<string, string>>) =>
        asApplication(database.pool, schema, settings, async (client) => {
          const { rows } = await client.query<{ readonly owner_key: string }>(
            'SELECT owner_key FROM owner_index',
          )
          return rows.map(({ owner_key }) => owner_key)
        })
      expect(await seen({ 'holdfast.owner_key': 't:other' })).toEqual(['t:other'])
      expect(await seen({ 'holdfast.owner_key': 't:small' })).toEqual([])
      expect(await seen({ 'holdfast.user_id': 'ada' })).toEqual([])
      expect(await seen({})).toEqual([])
      // But not what the catalogs say of them, as docs/security.md does.
      const conditions = await asApplication(database.pool, schema, {}, async (client) => {
        const { rows } = await client.query<{ readonly indexdef: string }>(
          'SELECT indexdef FROM pg_indexes WHERE schemaname = $1',
          [schema],
        )
        return rows.map(({ indexdef }) => indexdef)
      })
      expect(conditions.filter((each) => each.includes("'t:other'"))).toHaveLength(1)
      for (const sql of [
        `UPDATE owner_index SET state = 'refused'`,
        'DELETE FROM owner_index',
        `INSERT INTO owner_index SELECT * FROM owner_index`,
      ]) {
        await expect(
          asApplication(database.pool, schema, { 'holdfast.owner_key': 't:other' }, (client) =>
            client.query(sql),
          ),
        ).rejects.toMatchObject({ code: '42501' })
      }
    }))

  it('serve episodes too', () =>
    withStore(database, { dimensions }, async (backend, schema) => {
      const random = seeded()
      await backend.insertEpisodes(
        Array.from({ length: large }, (_, i) => ({
          ...{ id: `e${i}`, ...big, messages: [{ role: 'user', content: 'c' }], embedding: vectorOf(random) },
        })),
      )
      const { indexes: built } = await backend.admin.maintain(limits)
      expect(built.map(brief)).toEqual([[big.tenantId, 'episodes', 'built', large]])
      const { pool, sent } = spiedPool(database.pool)
      const second = await PostgresBackend.open({ pool, schema })
      const query = vectorOf(random)
      const found = await second.searchEpisodes(query, big, { minScore: -1 })
      expect(await planOf(database, sent)).toContain('Index Scan using episode_hnsw_')
      const truth = await second.searchEpisodes(query, big, { minScore: -1, exact: true })
      expect(found.map(({ episode: { id } }) => id)).toEqual(truth.map(({ episode: { id } }) => id))
      await second.close()
    }))

  it('are not made of vectors that are too long, and of half as many bits of long ones', () =>
    withStore(database, { dimensions: 4001 }, async (long) => {
      const random = seeded()
      const rows = (count: number, length: number) =>
        Array.from({ length: count }, (_, i) =>
          node(
            `n${i}`,
            big,
            Float32Array.from({ length }, () => random() - 0.5),
          ),
        )
      await long.insertNodes(rows(12, 4001))
      expect((await long.admin.maintain({ minRows: 10 })).indexes).toEqual([])
      await withStore(database, { dimensions: 2001 }, async (backend) => {
        await backend.insertNodes(rows(12, 2001))
        const { indexes: built } = await backend.admin.maintain({ minRows: 10 })
        expect(built.map(({ action }) => action)).toEqual(['built'])
        const query = Float32Array.from({ length: 2001 }, () => random() - 0.5)
        expect(await backend.explainSearch(query, big)).toMatchObject({ strategy: 'hnsw', exact: false })
      })
    }))
})

/** A vector in pgvector's binary form, turned around. */
function negated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let offset = 4; offset < copy.length; offset += 4) copy[offset] = (copy[offset] ?? 0) ^ 0x80
  return copy
}
