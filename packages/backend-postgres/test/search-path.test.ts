import type { ExportBatch } from '@holdfast/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { inspectDatabase, PostgresBackend, printMigrations } from '../src/index.js'
import {
  databaseKinds,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

/** Calls of the server's own functions and operators that somebody else's could fit better. */
const planted = [
  ...['text', 'integer', 'bigint', 'bytea', 'boolean', 'float8'].map((type) => `unnest(${type}[])`),
  ...['text', 'bigint', 'bytea'].map((type) => `array_length(${type}[], integer)`),
  ...['array_to_string(text[], text)', 'generate_series(integer, bigint)', 'set_config(name, text, boolean)'],
  ...[
    'quote_ident(name)',
    'pg_has_role(oid, oid, text)',
    'pg_has_role(name, text, text)',
    'aclexplode(aclitem)',
  ],
  ...[
    'lower(varchar)',
    'format(text, text)',
    'count(text)',
    'greatest(bigint, bigint)',
    'textcat(name, text)',
  ],
]
const operators = ['name, text', 'text, name', 'text[], text', 'bigint, text']

const body = `LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'caught'; END$$`

describe.each(databaseKinds)('functions of somebody else in the search path on %s', (kind) => {
  let database: TestDatabase
  let trap: string
  let pool: pg.Pool
  beforeAll(async () => {
    database = await startDatabase(kind)
    trap = freshSchema()
    await database.pool.query(`CREATE SCHEMA ${trap}; GRANT USAGE ON SCHEMA ${trap} TO PUBLIC`)
    for (const each of planted) {
      await database.pool.query(`CREATE FUNCTION ${trap}.${each} RETURNS SETOF text ${body}`)
    }
    for (const types of operators) {
      const [left, right] = types.split(', ')
      await database.pool.query(`CREATE FUNCTION ${trap}.joined(${types}) RETURNS text ${body}`)
      await database.pool.query(
        `CREATE OPERATOR ${trap}.|| (FUNCTION = ${trap}.joined, LEFTARG = ${left}, RIGHTARG = ${right})`,
      )
    }
    const path = `${trap},public`
    pool =
      kind === 'a real server'
        ? new pg.Pool({ connectionString: String(realUrl), options: `-c search_path=${path}` })
        : database.pool
    if (kind !== 'a real server') await pool.query(`SET search_path TO ${path}`)
  })
  afterAll(async () => {
    await database.pool.query(`SET client_min_messages = warning; DROP SCHEMA ${trap} CASCADE`)
    if (pool !== database.pool) await pool.end()
    await database.end()
  })

  it('would be called by SQL that leaves the path as it is', async () => {
    await expect(pool.query("SELECT unnest(ARRAY['a'])")).rejects.toThrow('caught')
    await expect(pool.query("SELECT relname || 'a'::text FROM pg_class LIMIT 1")).rejects.toThrow('caught')
  })

  it.each([true, false])('are called by none of ours, with row level security: %s', (rowLevelSecurity) =>
    withStore(
      { ...database, target: { pool } },
      { dimensions: 2, rowLevelSecurity },
      async (backend, schema) => {
        const scope = { tenantId: 'acme' }
        const node = {
          ...scope,
          userId: 'ada',
          humanContent: 'a question',
          assistantContent: 'a',
          embedding: [1, 0],
        }
        const episode = { ...scope, id: 'e', messages: [], embedding: [1, 0] }
        await backend.insertNodes([node, { ...node, id: 'same' }])
        for (const onConflict of ['ignore', 'replace'] as const) {
          await backend.insertNodes(
            [
              { ...node, id: onConflict },
              { ...node, id: 'same' },
            ],
            { onConflict },
          )
          await backend.insertEpisodes([episode], { onConflict })
        }
        await expect(backend.insertNodes([{ ...node, id: 'same' }])).rejects.toMatchObject({
          code: 'DUPLICATE_ID',
        })
        for await (const { nodes } of backend.scanNodes(scope, { batchSize: 2 }))
          expect(nodes.length).toBeGreaterThan(0)
        for (const each of [scope, { userId: 'ada' }]) {
          expect(await backend.countNodes(each, { filter: { tags: 'x' } })).toBe(0)
          expect(await backend.getNodes(each, { filter: { ids: ['same'] }, limit: 1 })).toHaveLength(1)
          expect((await backend.vectorSearch([1, 0], each)).length).toBeGreaterThan(1)
          expect((await backend.keywordSearch('question', each)).length).toBeGreaterThan(1)
          expect((await backend.getEmbeddings(each)).rows).toBeGreaterThan(1)
          await backend.recordAccess(each, ['same'])
          await backend.updateNode(each, 'same', { source: 'web', embedding: [0, 1] })
          await backend.assignClusters(each, [{ id: 'same', clusterId: 1, label: 'x' }])
        }
        const exported: ExportBatch[] = []
        for await (const batch of backend.admin.exportAll()) exported.push(batch)
        expect(await backend.deleteNodes(scope, ['same'])).toBe(1)
        expect(await backend.deleteScope(scope)).toBeGreaterThan(0)
        for (const { kind, records } of exported) await backend.admin.importBatch({ kind, records })
        await backend.admin.fingerprint({ scope })
        await backend.admin.listScopes()
        await backend.admin.verify()
        await backend.admin.stats()
        await backend.admin.maintain({ minRows: 2 })
        await backend.admin.compact()
        // The doctor must have the store's own schema in the path, to be shown names without it.
        await pool.query(`CREATE FUNCTION ${schema}.unnest(text[]) RETURNS SETOF text ${body}`)
        const { findings } = await inspectDatabase({ pool, schema })
        expect(
          findings.filter(({ severity, code }) => severity === 'error' || code === 'CHECK_FAILED'),
        ).toEqual([])
        expect(await backend.deleteScope({ userId: 'ada' })).toBeGreaterThan(0)
      },
    ),
  )

  it('are not called by the SQL that is printed', async () => {
    const schema = freshSchema()
    onTestFinished(async () => {
      await database.pool.query(
        `DROP SCHEMA ${schema} CASCADE; DROP OWNED BY ${schema}_app, ${schema}_admin; DROP ROLE ${schema}_app, ${schema}_admin`,
      )
    })
    await pool.query(printMigrations({ schema, dimensions: 2 }))
    const backend = await PostgresBackend.open({ pool, schema, migrate: 'check' })
    await backend.close()
  })
})
