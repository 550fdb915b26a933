import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import {
  inspectDatabase,
  PostgresBackend,
  type PostgresTarget,
  printMigrations,
} from '@holdfast/backend-postgres'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DatabaseKind, databases, dropSchema, serverUrl } from './databases.js'
import { runCli } from './run-cli.js'
import { temporaryFolder } from './temporary-folder.js'

interface EmptyDatabase {
  readonly target: PostgresTarget
  run(sql: string): Promise<unknown>
}

async function emptyDatabase(kind: DatabaseKind, schema: string): Promise<EmptyDatabase> {
  if (kind === 'a real server') {
    const connectionString = String(serverUrl)
    onTestFinished(() => dropSchema(schema))
    const run = async (sql: string) => {
      const client = new pg.Client({ connectionString })
      await client.connect()
      await client.query(`SET client_min_messages = warning; ${sql}`).finally(() => client.end())
    }
    return { target: { connectionString }, run }
  }
  const dataDir = join(await temporaryFolder(), 'pg')
  const run = async (sql: string) => {
    const lite = await PGlite.create(dataDir, { extensions: { vector } })
    await lite.exec(sql).finally(() => lite.close())
  }
  return { target: { embedded: { dataDir } }, run }
}

const needsRough = /\.halfvec|l2_normalize|vector_layout/

describe('schema', () => {
  it('prints what a database administrator runs', async () => {
    const { exitCode, stdout, stderr } = await runCli(['schema', '--schema', 'mine', '--dimensions', '3'])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toBe(printMigrations({ schema: 'mine', dimensions: 3 }))
    const plain = await runCli(['schema', '--no-row-level-security', '--extension-schema', 'ext'])
    expect(plain.stdout).toBe(printMigrations({ rowLevelSecurity: false, extensionSchema: 'ext' }))
  })

  it('leaves out what pgvector before 0.7 does not have when it is asked for whole vectors', async () => {
    const whole = await runCli(['schema', '--vector-layout', 'whole'])
    expect(whole.stdout).toBe(printMigrations({ vectorLayout: 'whole' }))
    expect(whole.stdout).not.toMatch(needsRough)
    expect((await runCli(['schema'])).stdout).toMatch(needsRough)
  })

  it.each([
    [['--dimensions', '0'], /1 to 16000/],
    [['--schema', 'pg_x'], /reserved/],
    [['--vector-layout', 'round'], /rough, whole/],
    [['--vector-layout', 'rough', '--dimensions', '3921'], /do not fit into a page/],
    [['--fix'], /unknown option/],
  ] as const)('refuses %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await runCli(['schema', ...args])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})

describe.each(databases)('the printed schema on %s', (kind) => {
  it.each([
    ['--dimensions 320 --vector-layout rough', 'rough'],
    ['--dimensions 320 --vector-layout whole', 'whole'],
    ['--dimensions 320', 'rough'],
    ['--dimensions 319', 'whole'],
    ['--dimensions 3920', 'rough'],
    ['--dimensions 3921', 'whole'],
  ] as const)('opens as it is with %s', async (args, layout) => {
    const schema = `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
    const { target, run } = await emptyDatabase(kind, schema)
    const { stdout } = await runCli(['schema', '--schema', schema, ...args.split(' ')])
    await run(stdout)
    const dimensions = Number(args.split(' ')[1])
    const embedding = Float32Array.from({ length: dimensions }, (_, index) => Math.sin(index + 1))
    {
      await using store = await PostgresBackend.open({ ...target, schema, migrate: 'check' })
      expect([store.dimensions, store.rowLevelSecurity]).toEqual([dimensions, true])
      await store.insertNode({
        id: 'a',
        tenantId: 'acme',
        humanContent: 'q',
        assistantContent: '',
        embedding,
      })
      const found = await store.vectorSearch(embedding, { tenantId: 'acme' })
      expect(found.map(({ node: { id }, score }) => [id, score])).toEqual([['a', 1]])
    }
    // Compared with the description of the layout that the store names, down to the columns.
    const { findings } = await inspectDatabase({ ...target, schema })
    expect(findings.filter(({ code }) => !/^(LOGIN|EXTENSION)_/.test(code))).toEqual([])
    const rough = `ALTER TABLE ${schema}.node_vector DROP COLUMN rough`
    if (layout === 'rough') await run(rough)
    else await expect(run(rough)).rejects.toThrow(/"rough".* does not exist/)
  })
})
