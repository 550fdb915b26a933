import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectDatabase, PostgresBackend, printMigrations } from '../src/index.js'
import {
  applyPrinted,
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const script = fileURLToPath(new URL('../scripts/build-sql-module.mjs', import.meta.url))

it('has the SQL files in the generated module', () => {
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow()
})

describe.each(databaseKinds)('migrations on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const withSchema = async (use: (schema: string) => Promise<void>) => {
    const schema = freshSchema()
    try {
      await use(schema)
    } finally {
      await dropSchema(database.pool, schema)
    }
  }
  const open = (schema: string, options: object = {}) =>
    PostgresBackend.open({ ...database.target, schema, ...options })

  it('lets 20 processes open one new store at once', () =>
    withSchema(async (schema) => {
      const backends = await Promise.all(Array.from({ length: 20 }, () => open(schema, { dimensions: 3 })))
      try {
        await Promise.all(
          backends.map((backend, index) =>
            backend.insertNode({ id: `n${index}`, humanContent: 'q', assistantContent: 'a', tenantId: 't' }),
          ),
        )
        expect(await backends[7]?.countNodes({ tenantId: 't' })).toBe(20)
      } finally {
        await Promise.all(backends.map((backend) => backend.close()))
      }
      const { rows } = await database.pool.query(`SELECT id, name FROM ${schema}.migration ORDER BY id`)
      expect(rows).toEqual([
        { id: 1, name: 'tables' },
        { id: 2, name: 'row_level_security' },
      ])
    }))

  it('prints the SQL that makes a store which needs no migration', () =>
    withSchema(async (schema) => {
      await applyPrinted(database.pool, { schema, dimensions: 5 })
      const backend = await open(schema, { migrate: 'check' })
      expect([backend.dimensions, backend.rowLevelSecurity]).toEqual([5, true])
      await backend.insertNode({
        humanContent: 'q',
        assistantContent: 'a',
        userId: 'u',
        embedding: [1, 0, 0, 0, 0],
      })
      expect(await backend.vectorSearch([1, 0, 0, 0, 0], { userId: 'u' })).toHaveLength(1)
      await backend.close()
      // Nothing of it differs from the description, which is that of a store made by open().
      const { findings } = await inspectDatabase({ ...database.target, schema })
      const wrong = findings.filter(({ code }) => !/^(LOGIN|EXTENSION)_/.test(code))
      expect(wrong).toEqual([])
      await database.pool.query(`DROP INDEX ${schema}.node_position`)
      const control = await inspectDatabase({ ...database.target, schema })
      expect(control.findings.map(({ code }) => code)).toContain('INDEX_MISSING')
    }))

  it('can print it without row level security', () =>
    withSchema(async (schema) => {
      await database.pool.query(printMigrations({ schema, rowLevelSecurity: false }))
      const backend = await open(schema, { migrate: 'check' })
      expect([backend.dimensions, backend.rowLevelSecurity]).toEqual([1024, false])
      await backend.close()
    }))

  it('quotes a schema name that needs it', () =>
    withStore(
      database,
      { schema: `odd "name"; --\\ '$1' ${freshSchema().slice(-6)}`, dimensions: 2 },
      async (backend) => {
        await backend.insertNode({
          humanContent: 'q',
          assistantContent: 'a',
          tenantId: 't',
          embedding: [1, 2],
        })
        expect(backend.rowLevelSecurity).toBe(true)
        expect(await backend.vectorSearch([1, 2], { tenantId: 't' })).toHaveLength(1)
        expect(await backend.admin.listScopes()).toHaveLength(1)
      },
    ))

  it.each(['', 'pg_memory', 'x'.repeat(51), 'nul\0'])('refuses the schema name %j', async (schema) => {
    await expect(open(schema)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it.each([{ migrate: 'check' }, { migrate: 'off' }, { readOnly: true }])(
    'refuses a schema without tables with %j',
    (options) =>
      withSchema(async (schema) => {
        await expect(open(schema, options)).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' })
        const { rows } = await database.pool.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
        expect(rows).toEqual([])
      }),
  )

  it('makes no store with create: false', () =>
    withSchema(async (schema) => {
      await expect(open(schema, { create: false })).rejects.toMatchObject({ code: 'CONNECTION' })
    }))

  it('refuses a store that a newer version has broken away from, and lives with one it has added to', () =>
    withStore(database, { dimensions: 2 }, async (_, schema) => {
      const add = (id: number, breaking: boolean) =>
        database.pool.query(
          `INSERT INTO ${schema}.migration (id, name, sha256, breaking) VALUES ($1, 'later', 'x', $2)`,
          [id, breaking],
        )
      const warnings: string[] = []
      const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) }
      await add(900, false)
      await (await open(schema, { logger })).close()
      expect(warnings).toEqual([expect.stringContaining('900 (later)')])
      await add(901, true)
      await expect(open(schema)).rejects.toMatchObject({ code: 'SCHEMA_AHEAD' })
    }))

  it('refuses a migration that was applied with another text', () =>
    withStore(database, { dimensions: 2 }, async (_, schema) => {
      await database.pool.query(`UPDATE ${schema}.migration SET sha256 = 'other' WHERE id = 1`)
      await expect(open(schema)).rejects.toMatchObject({ code: 'CONFLICT' })
    }))

  it('keeps dimensions and embedding model', () =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      const model = { provider: 'local', model: 'm', dimensions: 2 }
      await expect(open(schema, { dimensions: 3 })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
      await expect(open(schema, { embeddingModel: { ...model, dimensions: 3 } })).rejects.toMatchObject({
        code: 'DIMENSION_MISMATCH',
      })
      expect(backend.embeddingModel).toBeUndefined()
      await backend.admin.setEmbeddingModel(model)
      const again = await open(schema, { embeddingModel: model })
      expect([again.dimensions, again.embeddingModel]).toEqual([2, model])
      const other = { ...model, model: 'other' }
      await expect(again.admin.setEmbeddingModel(other)).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' })
      await again.close()
      await expect(open(schema, { embeddingModel: other })).rejects.toMatchObject({
        code: 'EMBEDDING_MISMATCH',
      })
    }))

  it('stores what a search reads in its row as long as it fits a page', async () => {
    const longest = kind === 'embedded PostgreSQL' ? 1960 : 3920
    for (const dimensions of [longest, longest + 1]) {
      await withStore(database, { dimensions }, async (backend, schema) => {
        const { rows } = await database.pool.query<{ readonly attname: string }>(
          `SELECT attname FROM pg_attribute WHERE attrelid = '${schema}.node_vector'::regclass
           AND attname IN ('embedding', 'rough') AND attstorage = 'p'`,
        )
        const inRow = kind === 'embedded PostgreSQL' ? 'embedding' : 'rough'
        expect(rows.map(({ attname }) => attname)).toEqual(dimensions === longest ? [inRow] : [])
        const long = 'k'.repeat(1024)
        const embedding = Float32Array.from({ length: dimensions }, (_, index) => 1e25 * Math.sin(index + 1))
        await backend.insertNode({
          ...{ id: 'i'.repeat(512), humanContent: 'q', assistantContent: 'a' },
          ...{ tenantId: long, userId: long, embedding },
        })
        expect((await backend.getEmbeddings({ userId: long })).data).toEqual(embedding)
        expect(await backend.vectorSearch(embedding, { tenantId: long })).toMatchObject([{ score: 1 }])
      })
    }
  })
})
