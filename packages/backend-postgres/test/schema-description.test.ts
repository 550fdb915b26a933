import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminAccess } from '../src/connection/access.js'
import { Database } from '../src/connection/database.js'
import { describedFacts } from '../src/doctor/check-schema.js'
import { factLine, schemaFacts } from '../src/doctor/schema-facts.js'
import { schemaDescription } from '../src/generated/schema-description.js'
import { schemaNames } from '../src/schema/schema-names.js'
import type { VectorLayout } from '../src/schema/vector-layout.js'
import {
  applyPrinted,
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

describe.each(databaseKinds)('the schema on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const described = async (schema: string, dimensions: number, layout: VectorLayout = 'rough') => {
    const own = new Database({
      pool: database.pool,
      logger: silent,
      statementTimeoutMs: undefined,
      retryTimeoutMs: 0,
    })
    try {
      return await own.read({ access: adminAccess }, undefined, async (session) => {
        const facts = await schemaFacts(session, schemaNames(schema), 'public', { dimensions, layout })
        return `${facts.map(factLine).join('\n')}\n`
      })
    } finally {
      await own.detach()
    }
  }

  /** A store of the layout that the database would not be given by itself, too. */
  const withLayout = async (
    vectorLayout: VectorLayout,
    options: { readonly dimensions: number; readonly schema?: string },
    use: (schema: string) => Promise<void>,
  ) => {
    const schema = options.schema ?? freshSchema()
    try {
      await applyPrinted(database.pool, { ...options, schema, vectorLayout })
      await use(schema)
    } finally {
      await dropSchema(database.pool, schema)
    }
  }

  /** After a wanted change: `vitest run test/schema-description.test.ts -u`, then the script that makes the module. */
  it('is what sql/schema.txt describes', () =>
    withLayout('rough', { dimensions: 3 }, async (schema) => {
      await expect(await described(schema, 3)).toMatchFileSnapshot('../sql/schema.txt')
    }))

  it.each([3, 319, 320])('is the same as open makes it, for %i dimensions', (dimensions) =>
    withStore(database, { dimensions, rowLevelSecurity: true }, async (_, schema) => {
      const layout = kind === 'embedded PostgreSQL' || dimensions < 320 ? 'whole' : 'rough'
      const text = `${describedFacts(layout).map(factLine).join('\n')}\n`
      expect(await described(schema, dimensions, layout)).toBe(text)
    }),
  )

  it('is the same with another number of dimensions and a name that needs quotes', () =>
    withLayout('rough', { dimensions: 1500, schema: `odd "node" '$1' ${kind.length}` }, async (schema) => {
      expect(await described(schema, 1500)).toBe(schemaDescription)
      // Controls: it does look at dimensions and storage.
      expect(await described(schema, 1499)).not.toBe(schemaDescription)
      expect(await described(schema, 1500, 'whole')).not.toBe(schemaDescription)
    }))

  it('has no rough copies where whole vectors are asked for, and differs in nothing else', () =>
    withLayout('whole', { dimensions: 1960 }, async (schema) => {
      const text = `${describedFacts('whole').map(factLine).join('\n')}\n`
      expect(await described(schema, 1960, 'whole')).toBe(text)
      expect(text).not.toBe(schemaDescription)
      expect(await described(schema, 1960, 'rough')).not.toBe(text)
    }))
})
