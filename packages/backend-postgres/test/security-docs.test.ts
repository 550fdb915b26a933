import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectDatabase, PostgresBackend, type PostgresTarget, printMigrations } from '../src/index.js'
import { pretending } from './support/pretending-pool.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

const text = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql)

/** What docs/security.md tells a database administrator to run, under names of the test's own. */
describe.each(databaseKinds)('the setting up of docs/security.md on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('gives the program its scopes, and operators everything', async () => {
    expect(blocks).toHaveLength(1)
    const schema = freshSchema()
    const [program, operator] = [`${schema}_program`, `${schema}_operator`]
    const sql = blocks.join('').replaceAll('holdfast_', `${schema}_`).replaceAll('memory_', `${schema}_`)
    const { pool } = database
    await pool.query('SET client_min_messages = warning')
    await pool.query(printMigrations({ schema, dimensions: 2 }))
    try {
      await pool.query(sql)
      // Embedded PostgreSQL has one login, which may take every role: there the two are roles that it takes.
      const targetOf = (login: string): PostgresTarget => {
        if (kind !== 'a real server') return { pool: pretending(pool, login) }
        const url = new URL(String(realUrl))
        url.username = login
        url.password = login === program ? 'choose one' : 'choose another'
        return { connectionString: url.href }
      }
      const open = (login: string) =>
        PostgresBackend.open({ ...targetOf(login), schema, migrate: 'check', rowLevelSecurity: true })
      const node = { humanContent: 'q', assistantContent: 'a', tenantId: 'acme', embedding: [1, 0] }
      const backend = await open(program)
      await backend.insertNodes([
        { ...node, id: 'a' },
        { ...node, id: 'b', tenantId: 'other' },
      ])
      expect(await backend.vectorSearch([1, 0], { tenantId: 'acme' })).toHaveLength(1)
      expect(await backend.keywordSearch('q', { tenantId: 'acme' })).toHaveLength(1)
      expect(await backend.updateNode({ tenantId: 'acme' }, 'a', { humanContent: 'changed' })).toBe(true)
      expect(await backend.deleteScope({ tenantId: 'other' })).toBe(1)
      if (kind === 'a real server') {
        await expect(backend.admin.listScopes()).rejects.toMatchObject({ code: 'CONNECTION' })
        await expect(backend.admin.verify()).rejects.toMatchObject({ code: 'CONNECTION' })
      }
      await backend.close()
      const operated = await open(operator)
      expect(await operated.admin.listScopes()).toHaveLength(1)
      expect(await operated.admin.verify()).toEqual({ problems: [] })
      await operated.close()
      for (const login of [program, operator]) {
        const report = await inspectDatabase({ ...targetOf(login), schema })
        expect(report).toMatchObject({ ok: true, login: { role: login, ownsTables: false } })
      }
    } finally {
      await pool.query(`DROP ROLE IF EXISTS ${program}; DROP ROLE IF EXISTS ${operator}`)
      await dropSchema(pool, schema)
    }
  })
})
