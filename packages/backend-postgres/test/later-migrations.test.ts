import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PostgresBackend, type PostgresStoreOptions } from '../src/index.js'
import {
  applyPrinted,
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

/** A step of a later version, which depends on the vectors of the store. */
vi.mock('../src/generated/migrations.js', async (original) => {
  const { sqlFiles } = await original<typeof import('../src/generated/migrations.js')>()
  const sql = `INSERT INTO {{schema}}.setting (name, value) VALUES ('later', '{{dimensions}} {{storage}}');
{{if_rough}}INSERT INTO {{schema}}.setting (name, value) VALUES ('later_rough', '{{rough_row_bytes}}');
`
  return { sqlFiles: [...sqlFiles, { id: 3, name: 'later', sql }] }
})

describe.each(databaseKinds)('a later migration on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const open = (schema: string, options: PostgresStoreOptions = {}) =>
    PostgresBackend.open({ ...database.target, schema, ...options })

  /** A store as the version before made it, in the layout that is not the one chosen now. */
  const withOlderStore = async (
    printed: { readonly dimensions: number; readonly vectorLayout: 'rough' | 'whole' },
    use: (schema: string) => Promise<void>,
  ) => {
    const schema = freshSchema()
    try {
      await applyPrinted(database.pool, { schema, ...printed })
      await database.pool.query(
        `DELETE FROM ${schema}.migration WHERE id = 3; DELETE FROM ${schema}.setting WHERE name LIKE 'later%'`,
      )
      await use(schema)
    } finally {
      await dropSchema(database.pool, schema)
    }
  }
  const later = async (schema: string) => {
    const { rows } = await database.pool.query<{ readonly name: string; readonly value: string }>(
      `SELECT name, value FROM ${schema}.setting WHERE name LIKE 'later%' ORDER BY name`,
    )
    return rows.map(({ name, value }) => [name, value])
  }

  it.each([
    [
      { dimensions: 5, vectorLayout: 'rough' },
      [
        ['later', '5 EXTERNAL'],
        ['later_rough', '610'],
      ],
    ],
    [{ dimensions: 400, vectorLayout: 'whole' }, [['later', '400 PLAIN']]],
  ] as const)('is made for the vectors that the store has: %j', (printed, expected) =>
    withOlderStore(printed, async (schema) => {
      await expect(open(schema, { migrate: 'check' })).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' })
      expect(await later(schema)).toEqual([])
      const backend = await open(schema)
      expect(backend.dimensions).toBe(printed.dimensions)
      await backend.close()
      expect(await later(schema)).toEqual(expected)
    }),
  )

  it('is not applied where the settings do not say what vectors the store has', () =>
    withOlderStore({ dimensions: 400, vectorLayout: 'whole' }, async (schema) => {
      await database.pool.query(`UPDATE ${schema}.setting SET value = 'many' WHERE name = 'dimensions'`)
      await expect(open(schema)).rejects.toMatchObject({ code: 'CORRUPT' })
      expect(await later(schema)).toEqual([])
    }))

  it('is made for the dimensions that are asked for where there is no store', async () => {
    const schema = freshSchema()
    try {
      await (await open(schema, { dimensions: 7 })).close()
      expect(await later(schema)).toEqual([['later', '7 PLAIN']])
    } finally {
      await dropSchema(database.pool, schema)
    }
  })
})
