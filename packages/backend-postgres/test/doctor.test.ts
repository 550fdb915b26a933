import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatabaseReport, inspectDatabase, PostgresBackend } from '../src/index.js'
import { damages } from './support/store-damages.js'
import {
  applyPrinted,
  databaseKinds,
  dropSchema,
  freshSchema,
  realUrl,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

describe.each(databaseKinds)('inspectDatabase on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  /** With rough copies of the vectors, of which there is more to say. */
  const filled = async (use: (schema: string, backend: PostgresBackend) => Promise<void>) => {
    const schema = freshSchema()
    await applyPrinted(database.pool, { schema, dimensions: 2, vectorLayout: 'rough' })
    await withStore(database, { schema, migrate: 'check', rowLevelSecurity: true }, async (backend) => {
      const texts = { humanContent: 'q', assistantContent: 'a', tenantId: 'acme' }
      await backend.insertNodes([
        { ...texts, id: 'a', userId: 'ada', embedding: [1, 0] },
        { ...texts, id: 'b' },
      ])
      await backend.insertEpisodes([{ id: 'e', messages: [], tenantId: 'acme', embedding: [1, 0] }])
      await use(schema, backend)
    })
  }
  const inspect = (schema: string) => inspectDatabase({ ...database.target, schema })
  const listed = ({ findings }: DatabaseReport, schema: string) =>
    findings
      .filter(({ severity, code }) => severity !== 'info' && !code.startsWith('LOGIN_'))
      .map(({ code, place }) => `${code} ${place}`.replaceAll(schema, 'S'))
      .sort()
  const run = (schema: string, sql: string) =>
    database.pool.query(
      sql
        .replaceAll('S_', `${schema}_`)
        .replace(/\bS\./g, `${schema}.`)
        .replace(/SCHEMA S\b/, `SCHEMA ${schema}`)
        .replace(/\bV\./g, 'public.'),
    )

  it('finds nothing wrong with a sound store, and says what is in it', () =>
    filled(async (schema) => {
      const report = await inspect(schema)
      expect(listed(report, schema)).toEqual([])
      expect(report).toMatchObject({
        ...{ schema, rowLevelSecurity: true, dimensions: 2, migrations: [1, 2] },
        records: { nodes: 2, episodes: 1, nodeVectors: 1, episodeVectors: 1 },
        login: { superuser: true, bypassesRowLevelSecurity: true },
      })
      expect(report.postgres).toMatch(/^\d+\.\d+$/)
      expect(report.pgvector).toMatch(/^0\.\d+\.\d+$/)
      expect(report.bytes).toBeGreaterThan(0)
      expect(report.tables.map(({ table }) => table)).toContain('node_vector')
    }))

  it('writes nothing', () =>
    filled(async (schema) => {
      const state = async () => {
        const rows = await database.pool.query(`SELECT xmin::text, n.* FROM ${schema}.node n ORDER BY id`)
        const facts = await database.pool.query(
          `SELECT oid::text, xmin::text FROM pg_class WHERE relnamespace = $1::regnamespace ORDER BY oid`,
          [schema],
        )
        return [rows.rows, facts.rows]
      }
      const before = await state()
      await inspect(schema)
      expect(await state()).toEqual(before)
    }))

  it.each(damages)('finds $what', ({ sql, finds, isCurable }) =>
    filled(async (schema) => {
      await database.pool.query("SET client_min_messages = 'warning'")
      await run(schema, sql)
      const report = await inspect(schema)
      const hasFaults = /^0\.8\.[0-3]$/.test(report.pgvector ?? '')
      const expected = finds.flatMap((each) => {
        if (each === 'EXTENSION_FAULTY?') return hasFaults ? ['EXTENSION_FAULTY extension vector'] : []
        return [each]
      })
      expect(listed(report, schema)).toEqual([...expected].sort())
      expect(report.ok).toBe(false)
      const wrong = report.findings.filter(({ severity }) => severity !== 'info')
      for (const { remedies } of wrong) expect(remedies.length).toBeGreaterThan(0)
      if (isCurable === false) return
      for (const { remedies, code } of wrong) {
        if (code.startsWith('LOGIN_') || code === 'EXTENSION_FAULTY') continue
        for (const remedy of remedies) await database.pool.query(remedy)
      }
      expect(listed(await inspect(schema), schema)).toEqual([])
    }),
  )

  it('does not mind an index of one owner, whatever its name has in it', () =>
    filled(async (schema) => {
      for (const [index, condition] of [
        `owner_key = 't:a'' OR (owner_key = ''b'`,
        `owner_key = E't:\\\\ '' ) AND'`,
        `owner_key = 't:a' AND (id = 'x' OR id = 'y')`,
      ].entries()) {
        await run(
          schema,
          `CREATE INDEX own_${index} ON S.node_vector USING hnsw (embedding V.vector_cosine_ops) WHERE ${condition}`,
        )
      }
      const hnsw = listed(await inspect(schema), schema).filter((each) => !each.startsWith('EXTENSION'))
      expect(hnsw).toEqual([])
    }))

  it('says when row level security was never set up', () =>
    withStore(database, { dimensions: 2, rowLevelSecurity: false }, async (_, schema) => {
      const report = await inspect(schema)
      expect(listed(report, schema)).toEqual(['RLS_NOT_SET_UP S'])
      expect(report).toMatchObject({ rowLevelSecurity: false, records: { nodes: 0 } })
    }))

  it('takes a schema name that needs quotes', () => {
    const schema = `odd "name" ' \\ ${freshSchema().slice(-6)}`
    return withStore(database, { dimensions: 2, schema }, async () => {
      expect(listed(await inspect(schema), schema)).toEqual([])
      await database.pool.query(`DROP INDEX "odd ""name"" ' \\ ${schema.slice(-6)}".node_position`)
      const { findings } = await inspect(schema)
      const missing = findings.find(({ code }) => code === 'INDEX_MISSING')
      await database.pool.query(missing?.remedies[0] ?? 'no remedy')
      expect(listed(await inspect(schema), schema)).toEqual([])
    })
  })

  it('refuses a schema without a store, and makes none', async () => {
    const schema = freshSchema()
    await expect(inspect(schema)).rejects.toMatchObject({ code: 'CONNECTION' })
    const { rows } = await database.pool.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
    expect(rows).toEqual([])
  })

  it('stops when its signal says so', () =>
    filled(async (schema) => {
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(inspectDatabase({ ...database.target, schema, signal })).rejects.toThrow('enough')
    }))

  it.runIf(kind === 'a real server')('judges the login', () =>
    filled(async (schema) => {
      const login = `${schema}_login`
      const url = new URL(String(process.env.DATABASE_URL))
      url.username = login
      url.password = 'secret'
      const asLogin = () => inspectDatabase({ connectionString: url.href, schema })
      const codes = async () =>
        (await asLogin()).findings.map(({ code }) => code).filter((code) => !code.startsWith('EXTENSION'))
      const query = (sql: string) => database.pool.query(sql)
      await query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret'`)
      try {
        await expect(asLogin()).rejects.toMatchObject({ code: 'CONNECTION' })
        await query(`GRANT ${schema}_app TO ${login}`)
        expect(await codes()).toEqual(['ROWS_NOT_CHECKED'])
        expect(await asLogin()).toMatchObject({ ok: true, login: { role: login, superuser: false } })
        await query(`GRANT ${schema}_admin TO ${login}`)
        expect(await codes()).toEqual([])
        await query(`ALTER ROLE ${login} BYPASSRLS`)
        expect(await codes()).toEqual(['LOGIN_BYPASSES_RLS'])
        await query(`ALTER ROLE ${login} SUPERUSER`)
        expect(await codes()).toEqual(['LOGIN_SUPERUSER'])
        await query(`ALTER ROLE ${login} NOSUPERUSER NOBYPASSRLS; REVOKE ${schema}_app FROM ${login}`)
        expect(await codes()).toEqual(['ROLE_NOT_ASSUMABLE'])
        for (const table of ['node', 'node_vector', 'episode', 'episode_vector']) {
          await query(`ALTER TABLE ${schema}.${table} OWNER TO ${login}`)
        }
        await query(`GRANT ${schema}_app TO ${login}`)
        expect(await codes()).toContain('LOGIN_OWNS_TABLES')
      } finally {
        await query(`REASSIGN OWNED BY ${login} TO CURRENT_USER; DROP OWNED BY ${login}; DROP ROLE ${login}`)
      }
    }),
  )

  it.runIf(kind === 'a real server')('finds roles that another database of the server has too', () =>
    filled(async (schema) => {
      const url = new URL(String(realUrl))
      const own = `${schema}_other`
      await database.pool.query(`CREATE DATABASE ${own}`)
      try {
        url.pathname = `/${own}`
        const other = await PostgresBackend.open({ connectionString: url.href, schema, dimensions: 2 })
        await other.close()
        const roles = ['ROLE_SHARED role S_admin', 'ROLE_SHARED role S_app']
        expect(listed(await inspect(schema), schema)).toEqual(roles)
        const there = () => inspectDatabase({ connectionString: url.href, schema })
        const { findings } = await there()
        const shared = findings.filter(({ code }) => code === 'ROLE_SHARED')
        expect(shared.map(({ remedies }) => remedies[0])).toEqual(
          Array(2).fill(`REVOKE CONNECT ON DATABASE "${own}" FROM PUBLIC;`),
        )
        await database.pool.query(String(shared[0]?.remedies[0]))
        expect(listed(await there(), schema)).toEqual([])
        // The other one is still open to everybody.
        expect(listed(await inspect(schema), schema)).toEqual(roles)
      } finally {
        await database.pool.query(`DROP DATABASE ${own} WITH (FORCE)`)
      }
      expect(listed(await inspect(schema), schema)).toEqual([])
    }),
  )

  it.runIf(kind === 'a real server')('finds an index whose building was interrupted', () =>
    filled(async (schema) => {
      await database.pool.query(
        `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${schema}.node_user_position'::regclass`,
      )
      const report = await inspect(schema)
      expect(listed(report, schema)).toEqual(['INDEX_INVALID index S.node_user_position'])
      const [how = ''] = report.findings.find(({ code }) => code === 'INDEX_INVALID')?.remedies ?? []
      await database.pool.query(how)
      expect(listed(await inspect(schema), schema)).toEqual([])
    }),
  )

  it('leaves nothing behind in the connection', async () => {
    const settings = async () =>
      (
        await database.pool.query(
          "SELECT current_setting('search_path'), current_user, current_setting('role')",
        )
      ).rows
    const before = await settings()
    const schema = freshSchema()
    const backend = await PostgresBackend.open({ ...database.target, schema, dimensions: 2 })
    await backend.close()
    await inspect(schema)
    await dropSchema(database.pool, schema)
    expect(await settings()).toEqual(before)
  })
})
