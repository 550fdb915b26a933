import { MemoryError } from '@holdfast/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectDatabase, PostgresBackend, type PostgresStoreOptions } from '../src/index.js'
import {
  applyPrinted,
  databaseKinds,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

describe.each(databaseKinds)('tables that were altered by hand on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const open = (schema: string, options: PostgresStoreOptions = {}) =>
    PostgresBackend.open({ ...database.target, schema, ...options })
  const refusal = async (schema: string, options: PostgresStoreOptions = {}) => {
    const error: unknown = await open(schema, options).catch((reason: unknown) => reason)
    if (!(error instanceof MemoryError)) throw new Error('it was opened')
    return error
  }
  /** A store of a node and an episode whose vectors have rough copies. */
  const withRough = async (use: (schema: string, backend: PostgresBackend) => Promise<void>) => {
    const schema = `odd "name" ${freshSchema().slice(-6)}`
    await applyPrinted(database.pool, { schema, dimensions: 2, vectorLayout: 'rough' })
    await withStore(database, { schema, migrate: 'check' }, async (backend) => {
      const embedding = [3, 4]
      await backend.insertNode({
        ...{ id: 'a', tenantId: 'acme', humanContent: 'q', assistantContent: 'a', embedding },
      })
      await backend.insertEpisodes([{ id: 'e', tenantId: 'acme', messages: [], embedding }])
      await use(schema, backend)
    })
  }
  const alter = (schema: string, table: string) =>
    database.pool.query(`ALTER TABLE ${pg.escapeIdentifier(schema)}.${table} DROP COLUMN rough`)

  it.each([[['node_vector']], [['episode_vector']], [['episode_vector', 'node_vector']]])(
    'are told as that when %j lost the rough copies, with the SQL that brings them back',
    (tables) =>
      withRough(async (schema, backend) => {
        await (await open(schema)).close()
        for (const table of tables) await alter(schema, table)
        for (const options of [{}, { migrate: 'check' }, { migrate: 'off' }, { readOnly: true }] as const) {
          const { code, message } = await refusal(schema, options)
          expect(code).toBe('CORRUPT')
          expect(message).toContain(
            `the setting vector_layout says rough, but ${tables.join(' and ')} ha${tables.length === 1 ? 's' : 've'} no column rough`,
          )
        }
        const { message } = await refusal(schema)
        await database.pool.query(message.slice(message.indexOf('ALTER TABLE')))
        await using mended = await open(schema)
        for (const store of [mended, backend]) {
          const nodes = await store.vectorSearch([3, 4], { tenantId: 'acme' })
          const episodes = await store.searchEpisodes([3, 4], { tenantId: 'acme' })
          expect([nodes.map(({ score }) => score), episodes.map(({ score }) => score)]).toEqual([[1], [1]])
        }
        const { findings } = await inspectDatabase({ ...database.target, schema })
        expect(findings.filter(({ code }) => !/^(LOGIN|EXTENSION)_/.test(code))).toEqual([])
      }),
  )

  it('are told by a store that is open, with who knows what to do', () =>
    withRough(async (schema, backend) => {
      await alter(schema, 'node_vector')
      await expect(backend.vectorSearch([3, 4], { tenantId: 'acme' })).rejects.toMatchObject({
        code: 'SCHEMA_BEHIND',
        message: expect.stringMatching(/^a column is missing: .*holdfast-migrator doctor.*rough/),
      })
    }))
})
