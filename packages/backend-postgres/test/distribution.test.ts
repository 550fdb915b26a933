import { readFileSync } from 'node:fs'
import { ScopedMemory } from '@holdfast/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { recording, tablesWithoutOwner } from './support/recorded-statements.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

/** Small tables that every server has whole. */
const referenceTables = ['migration', 'setting']

/** The rules of Citus for tables that are distributed by `owner_key`: docs/scaling.md. */
describe.each(databaseKinds)('distribution by owner on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const query = async (sql: string, values: readonly unknown[] = []) =>
    (await database.pool.query<Record<string, string | boolean | null>>(sql, [...values])).rows
  const tablesOf = async (schema: string) => {
    const rows = await query(
      `SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND relname <> ALL($2) ORDER BY 1`,
      [schema, referenceTables],
    )
    return rows.map(({ relname }) => String(relname))
  }

  it('is not stopped by a key, a column or a trigger', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (_, schema) => {
      const tables = await tablesOf(schema)
      expect(tables).toEqual(
        expect.arrayContaining(['node', 'node_vector', 'node_words', 'episode', 'episode_vector']),
      )
      const columns = await query(
        `SELECT c.relname, format_type(a.atttypid, a.atttypmod) || ' ' || l.collname AS type, a.attnotnull AS filled
         FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'owner_key' LEFT JOIN pg_collation l ON l.oid = a.attcollation
         WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY($2) ORDER BY 1`,
        [schema, tables],
      )
      // Tables are only colocated by columns of one type.
      expect(columns).toEqual(tables.map((relname) => ({ relname, type: 'text C', filled: true })))
      const unique = await query(
        `SELECT i.relname, (SELECT attname FROM pg_attribute WHERE attrelid = x.indrelid AND attnum = x.indkey[0]) AS first
         FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
         WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY($2) AND x.indisunique`,
        [schema, tables],
      )
      expect(unique.length).toBeGreaterThanOrEqual(tables.length)
      for (const { relname, first } of unique) expect(first, String(relname)).toBe('owner_key')
      const keys = await query(
        `SELECT k.conname, pg_get_constraintdef(k.oid) AS text, f.relname AS target FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         LEFT JOIN pg_class f ON f.oid = k.confrelid
         WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY($2) AND k.contype IN ('f', 'x')`,
        [schema, tables],
      )
      expect(keys.length).toBeGreaterThan(0)
      for (const { text, target } of keys) {
        expect(text).toMatch(/^FOREIGN KEY \(owner_key, \w+\) REFERENCES \S+\(owner_key, \w+\)/)
        expect(tables).toContain(target)
      }
      const others = await query(
        `SELECT tgname AS name FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = $1::regnamespace AND NOT tgisinternal
         UNION ALL SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           WHERE c.relnamespace = $1::regnamespace AND (a.attidentity <> '' OR EXISTS (SELECT FROM pg_attrdef d
             WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval%'))`,
        [schema],
      )
      expect(others).toEqual([])
    }))

  it('is what docs/scaling.md says, for every table and foreign key there is', () =>
    withStore(database, { dimensions: 2 }, async (_, schema) => {
      const page = readFileSync(new URL('../../../docs/scaling.md', import.meta.url), 'utf8')
      const [, sql = ''] = /^```sql\n(.*?)^```/ms.exec(page) ?? []
      const named = (pattern: RegExp) => [...sql.matchAll(pattern)].map(([, name = '']) => name).sort()
      const distributed =
        /create_distributed_table\('holdfast\.(\w+)', 'owner_key', colocate_with => '(?:none|holdfast\.node)'\)/g
      expect(named(distributed)).toEqual(await tablesOf(schema))
      expect(named(/create_reference_table\('holdfast\.(\w+)'\)/g)).toEqual(referenceTables)
      const keys = await query(
        `SELECT conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = $1::regnamespace AND contype = 'f' ORDER BY 1`,
        [schema],
      )
      for (const word of ['DROP', 'ADD']) {
        expect(named(new RegExp(`${word} CONSTRAINT (\\w+)`, 'g'))).toEqual(
          keys.map(({ conname }) => conname),
        )
      }
      // What needs no Citus runs as it stands.
      const plain = sql.split(/;\n/).filter((each) => each.startsWith('ALTER TABLE'))
      for (const statement of plain)
        await database.pool.query(statement.replaceAll('holdfast.', `${schema}.`))
    }))

  /** Citus carries out the parts of a statement one after the other, and foreign keys are checked after each. */
  it('writes a record before what refers to it, also within a statement', async () => {
    const texts: string[] = []
    await withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (_, schema) => {
      const backend = await PostgresBackend.open({ pool: recording(database.pool, texts), schema })
      try {
        await everything(backend.withScope({ tenantId: 'acme' }))
      } finally {
        await backend.close()
      }
      const keys = await query(
        `SELECT c.relname AS from, f.relname AS to FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         JOIN pg_class f ON f.oid = k.confrelid WHERE c.relnamespace = $1::regnamespace AND k.contype = 'f'`,
        [schema],
      )
      expect(keys).toHaveLength(2)
      const orders = texts.map((text) =>
        [...text.matchAll(/\bINSERT INTO "[^"]+"\.(\w+)/g)].map(([, table]) => table),
      )
      for (const { from, to } of keys) {
        const both = orders.filter((order) => order.includes(String(from)) && order.includes(String(to)))
        expect(both, `${from} with ${to}`).not.toEqual([])
        for (const order of both)
          expect(order.indexOf(String(to)), order.join(' ')).toBeLessThan(order.indexOf(String(from)))
      }
    })
  })

  it('sends every statement of one owner to that owner', async () => {
    const schema = freshSchema()
    const texts: string[] = []
    const backend = await PostgresBackend.open({
      pool: recording(database.pool, texts),
      schema,
      dimensions: 2,
      rowLevelSecurity: true,
    })
    try {
      const tables = await tablesOf(schema)
      const called = new Set<string>()
      const scoped = (tenantId: string) => {
        const memory = backend.withScope({ tenantId })
        return new Proxy(memory, {
          get(target, name) {
            called.add(String(name))
            const value: unknown = Reflect.get(target, name)
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
      }
      texts.length = 0
      await everything(scoped('acme'))
      const missed = Object.getOwnPropertyNames(ScopedMemory.prototype).filter((name) => !called.has(name))
      expect(missed).toEqual(['constructor'])
      const touching = texts.filter((text) => tables.some((table) => text.includes(`"${schema}".${table}`)))
      expect(touching.length).toBeGreaterThan(40)
      for (const table of tables)
        expect(
          touching.some((text) => text.includes(`.${table}`)),
          table,
        ).toBe(true)
      const wrong = touching.filter((text) => tablesWithoutOwner(text, schema, tables).length > 0)
      expect(wrong).toEqual([])
      // A control: a user's scope goes to all servers, and the check says so.
      texts.length = 0
      await backend.getNodes({ userId: 'ada' })
      expect(texts.filter((text) => tablesWithoutOwner(text, schema, tables).length > 0)).toHaveLength(1)
    } finally {
      await backend.close()
      await dropSchema(database.pool, schema)
    }
  })
})

/** Every operation of a scope, in each of its ways of working. */
async function everything(memory: ScopedMemory): Promise<void> {
  const node = { humanContent: 'question', assistantContent: 'answer', embedding: [1, 0], clusterId: 1 }
  const nodes = ['a', 'b', 'c'].map((id) => ({ ...node, id, userId: 'ada' }))
  const episode = { messages: [{ role: 'user', content: 'x' }], embedding: [1, 0] }
  await memory.insertNode({ ...node, id: 'z' })
  await memory.insertNodes(nodes)
  await memory.insertNodes(nodes, { onConflict: 'ignore' })
  await memory.insertNodes([...nodes, { ...node, id: 'd' }], { onConflict: 'replace' })
  await memory.insertNodes([{ ...node, id: 'a', userId: 'bob' }], { onConflict: 'replace' })
  await memory.insertNodes([nodes[0] ?? node]).then(
    () => expect.unreachable(),
    ({ code }) => expect(code).toBe('DUPLICATE_ID'),
  )
  await memory.insertEpisodes(['a', 'b'].map((id) => ({ ...episode, id })))
  await memory.insertEpisodes([{ ...episode, id: 'a', userId: 'ada' }], { onConflict: 'replace' })
  const filter = {
    conversationId: 'x',
    tags: ['y'],
    hasCode: false,
    ids: ['a'],
    userId: 'ada',
    source: 's',
    clusterId: 1,
  }
  for (const options of [{}, { filter }]) {
    await memory.getNodes({ ...options, limit: 2, offset: 1 })
    await memory.countNodes(options)
    for await (const _ of memory.scanNodes({ ...options, batchSize: 1, withEmbeddings: true }));
    await memory.vectorSearch([1, 0], options)
    await memory.keywordSearch('question', options)
    await memory.explainSearch([1, 0], options)
  }
  await memory.getNode('a')
  await memory.getEmbeddings()
  await memory.getClusterInfo()
  await memory.getClusterCentroids()
  await memory.getEpisode('a')
  await memory.getEpisodes({ limit: 1 })
  await memory.countEpisodes()
  for await (const _ of memory.scanEpisodes({ withEmbeddings: true }));
  await memory.searchEpisodes([1, 0])
  await memory.getEpisodeEmbeddings()
  await memory.updateNode('a', { source: 'changed' })
  await memory.updateNode('a', { humanContent: 'changed', embedding: [0, 1] })
  await memory.recordAccess(['a', 'b'])
  await memory.assignClusters([{ id: 'a', clusterId: 5, label: 'five' }])
  await memory.deleteNodes(['a'])
  await memory.deleteEpisodes(['a'])
  await memory.deleteScope()
}

it.each([
  ['SELECT record FROM "s".node WHERE id = $1', ['node']],
  ['SELECT record FROM "s".node WHERE owner_key = $1', []],
  [
    'DELETE FROM "s".node_words WHERE position IN (SELECT position FROM "s".node WHERE owner_key = $1)',
    ['node_words'],
  ],
  ['SELECT id FROM "s".node WHERE owner_key = $1 UNION ALL SELECT id FROM "s".node', ['node']],
  ['SELECT 1 FROM "s".node r JOIN "s".node_words w ON w.position = r.position WHERE r.owner_key = $1', ['w']],
  ['SELECT 1 FROM "s".node r JOIN "s".node_words w ON w.owner_key = r.owner_key WHERE r.owner_key = $1', []],
  ['SELECT 1 FROM "s".node r JOIN "s".node_words w ON w.owner_key = r.owner_key', ['r', 'w']],
  ['INSERT INTO "s".node (id, owner_key) SELECT 1', ['node']],
  [`SELECT ' "s".node owner_key = $1 ' FROM "s".node`, ['node']],
  [
    `UPDATE "s".node r SET touched = true WHERE EXISTS (SELECT FROM "s".node_words w WHERE w.owner_key = r.owner_key)`,
    ['w', 'r'],
  ],
])('a statement without an owner is found: %s', (text, expected) => {
  expect(tablesWithoutOwner(text, 's', ['node', 'node_words'])).toEqual(expected)
})
