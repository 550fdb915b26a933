import { join } from 'node:path'
import { PostgresBackend } from '@holdfast/backend-postgres'
import { describe, expect, it } from 'vitest'
import { maintainLines } from '../src/maintain-lines.js'
import { runCli, runJson } from './run-cli.js'
import { temporaryFolder } from './temporary-folder.js'

/** A store in an embedded database, of two tenants with so many nodes each. */
async function writeStore(cwd: string, nodes: number): Promise<void> {
  await using store = await PostgresBackend.open({ embedded: { dataDir: join(cwd, 'pg') }, dimensions: 2 })
  for (const tenantId of ['acme', 'other']) {
    await store.insertNodes(
      Array.from({ length: nodes }, (_, index) => ({
        ...{ id: `n${index}`, tenantId, humanContent: 'q', assistantContent: '' },
        embedding: [Math.cos(index), Math.sin(index)],
      })),
    )
  }
}

const built = { action: 'built', kind: 'nodes', rows: 30, recall: 1 }

describe('maintain', () => {
  it('builds what is missing, keeps what is there, and drops what is too much', async () => {
    const cwd = await temporaryFolder()
    await writeStore(cwd, 30)
    const first = await runCli(['maintain', 'pglite:./pg', '--min-rows', '20'], { cwd })
    const lines = first.stdout.split('\n')
    for (const [line, owner] of [
      [lines[0], 'acme'],
      [lines[1], 'other'],
    ] as const) {
      expect(line).toMatch(
        /^(acme|other), nodes: built in \d+\.\d s \(the owner is large enough for one\); 30 vectors, found 1\.000 of the true nearest$/,
      )
      expect(first.stdout).toContain(`${owner}, nodes: built`)
    }
    expect(lines.slice(2)).toEqual(['pglite:./pg: 2 indexes: 2 built', ''])
    expect(first.stderr).toMatch(/^counting vectors\nbuilding an index of (acme|other) \(0 of 2 done\)\n/)
    expect(first.exitCode).toBe(0)

    const kept = await runJson(['maintain', 'pglite:./pg', '--min-rows', '20'], { cwd })
    expect(kept.exitCode).toBe(0)
    expect(kept.document).toMatchObject({ command: 'maintain', ok: true, store: 'pglite:./pg' })
    const kinds = (document: typeof kept.document) =>
      (document.indexes as readonly (typeof built)[]).map(({ action }) => action)
    expect(kinds(kept.document)).toEqual(['kept', 'kept'])
    const less = ['maintain', 'pglite:./pg', '--min-rows', '20', '--max-indexes', '1', '--min-recall', '0.9']
    expect(kinds((await runJson(less, { cwd })).document)).toEqual(['dropped', 'kept'])
  })

  it('says so when there is nothing to do', async () => {
    const cwd = await temporaryFolder()
    await writeStore(cwd, 3)
    const { exitCode, stdout } = await runCli(['maintain', 'pglite:./pg'], { cwd })
    expect([exitCode, stdout]).toEqual([0, 'pglite:./pg: no owner needs an index\n'])
  })

  it.each([
    [['maintain', 'file:./data'], 2, 'USAGE'],
    [['maintain', 'pglite:./pg', '--min-rows', '0'], 2, 'USAGE'],
    [['maintain', 'pglite:./pg', '--min-recall', '1.5'], 2, 'USAGE'],
    [['maintain', 'pglite:./pg', '--max-indexes', 'x'], 2, 'USAGE'],
    [['maintain', 'pglite:./pg'], 3, 'CONNECTION'],
    [['maintain', 'postgres://nobody@127.0.0.1:1/none'], 3, 'CONNECTION'],
  ])('%j exits with %i', async (args, exitCode, code) => {
    const cwd = await temporaryFolder()
    const result = await runJson(args, { cwd })
    expect([result.exitCode, result.document.code]).toEqual([exitCode, code])
  })

  it('tells who got no index, and that nothing else is wrong with it', () => {
    const index = {
      ...built,
      action: 'refused' as const,
      kind: 'nodes' as const,
      seconds: 2,
      reason: 'too few',
    }
    const owner = { tenantId: 'ac\u001bme', userId: null }
    const report = {
      command: 'maintain' as const,
      ok: false,
      store: 's',
      indexes: [{ ...index, owner, recall: 0.5 }],
    }
    expect(maintainLines(report)).toEqual([
      'ac\\u{1b}me, nodes: refused in 2.0 s (too few); 30 vectors, found 0.500 of the true nearest',
      's: 1 index: 1 refused; searches of the owners with a refused one compare every vector',
    ])
  })
})
