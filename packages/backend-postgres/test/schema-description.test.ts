import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminAccess } from '../src/connection/access.js'
import { Database } from '../src/connection/database.js'
import { factLine, schemaFacts } from '../src/doctor/schema-facts.js'
import { schemaDescription } from '../src/generated/schema-description.js'
import { schemaNames } from '../src/schema/schema-names.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

describe.each(databaseKinds)('the schema on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const described = async (schema: string, dimensions: number) => {
    const own = new Database({
      pool: database.pool,
      logger: silent,
      statementTimeoutMs: undefined,
      retryTimeoutMs: 0,
    })
    try {
      return await own.read({ access: adminAccess }, undefined, async (session) => {
        const facts = await schemaFacts(session, schemaNames(schema), 'public', dimensions)
        return `${facts.map(factLine).join('\n')}\n`
      })
    } finally {
      await own.detach()
    }
  }

  /** After a wanted change: `vitest run test/schema-description.test.ts -u`, then the script that makes the module. */
  it('is what sql/schema.txt describes', () =>
    withStore(database, { dimensions: 3, rowLevelSecurity: true }, async (_, schema) => {
      await expect(await described(schema, 3)).toMatchFileSnapshot('../sql/schema.txt')
    }))

  it('is the same with another number of dimensions and a name that needs quotes', () =>
    withStore(
      database,
      { dimensions: 2500, schema: `odd "node" '$1' ${kind.length}`, rowLevelSecurity: true },
      async (_, schema) => {
        expect(await described(schema, 2500)).toBe(schemaDescription)
        // A control: it does look at dimensions and storage.
        expect(await described(schema, 2499)).not.toBe(schemaDescription)
      },
    ))
})
