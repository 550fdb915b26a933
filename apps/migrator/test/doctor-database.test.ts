import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { databaseFindingCodes, PostgresBackend } from '@holdfast/backend-postgres'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCli, runJson } from './run-cli.js'
import { temporaryFolder } from './temporary-folder.js'

/** A store of one node in an embedded database, closed again. */
async function writeStore(cwd: string): Promise<string> {
  const dataDir = join(cwd, 'pg')
  await using store = await PostgresBackend.open({ embedded: { dataDir }, dimensions: 2 })
  await store.insertNode({
    id: 'a',
    tenantId: 'acme',
    humanContent: 'q',
    assistantContent: '',
    embedding: [1, 0],
  })
  return dataDir
}

async function query(dataDir: string, sql: string): Promise<void> {
  const lite = await PGlite.create(dataDir, { extensions: { vector } })
  try {
    await lite.exec(sql)
  } finally {
    await lite.close()
  }
}

describe('doctor of a database', () => {
  it('says what is in a sound one and exits with 0', async () => {
    const cwd = await temporaryFolder()
    await writeStore(cwd)
    const { exitCode, stdout, stderr } = await runCli(['doctor', 'pglite:./pg'], { cwd })
    expect(stdout).toMatch(
      /^pglite:\.\/pg has a store of Holdfast in the schema holdfast: 1 node, 0 episodes, 2 dimensions, \d+ bytes\n/,
    )
    expect(stdout).toMatch(
      /\nPostgreSQL \d+\.\d+ \(embedded\), pgvector 0\.\d+\.\d+, row level security set up, as/,
    )
    expect(stdout).toMatch(/\nNothing is wrong\n$/)
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  it('exits with 1 when something is wrong, and prints the SQL that repairs it', async () => {
    const cwd = await temporaryFolder()
    const dataDir = await writeStore(cwd)
    await query(
      dataDir,
      'ALTER TABLE holdfast.node DISABLE ROW LEVEL SECURITY; DROP INDEX holdfast.node_position',
    )
    const { exitCode, stdout } = await runCli(['doctor', 'pglite:./pg'], { cwd })
    expect(stdout).toMatch(
      /\nerror RLS_DISABLED holdfast\.node: .*\n {2}ALTER TABLE "holdfast"\."node" ENABLE ROW LEVEL/,
    )
    expect(stdout).toMatch(
      /\nwarning INDEX_MISSING index node_position .*\n {2}CREATE INDEX node_position ON "holdfast"\./,
    )
    expect(stdout).toMatch(/\n1 error, 1 warning\n$/)
    expect(exitCode).toBe(1)
    const json = await runJson(['doctor', 'pglite:./pg'], { cwd })
    expect(json).toMatchObject({
      exitCode: 1,
      document: {
        command: 'doctor',
        ok: false,
        store: 'pglite:./pg',
        database: {
          embedded: true,
          records: { nodes: 1, nodeVectors: 1 },
          findings: [{ code: 'RLS_DISABLED', severity: 'error' }, { code: 'INDEX_MISSING' }],
        },
      },
    })
  })

  it('looks at another schema when it is told to', async () => {
    const cwd = await temporaryFolder()
    await writeStore(cwd)
    const { exitCode, stderr } = await runCli(['doctor', 'pglite:./pg', '--schema', 'other'], { cwd })
    expect([exitCode, stderr]).toEqual([3, 'error: there is no store in the schema other\n'])
    const files = await runCli(['doctor', 'file:./pg', '--schema', 'other'], { cwd })
    expect([files.exitCode, files.stderr]).toEqual([2, expect.stringContaining('--schema is for databases')])
  })

  it('is refused with 4 while another process has the embedded database', async () => {
    const cwd = await temporaryFolder()
    const store = await PostgresBackend.open({ embedded: { dataDir: join(cwd, 'pg') }, dimensions: 2 })
    onTestFinished(() => store.close())
    expect(await runJson(['doctor', 'pglite:./pg'], { cwd })).toMatchObject({
      exitCode: 4,
      document: { code: 'LOCKED' },
    })
  })

  it('has one severity for each code', () => {
    const codes = Object.values(databaseFindingCodes).flat()
    expect(new Set(codes).size).toBe(codes.length)
  })
})
