// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBackend } from '@holdfast/backend-file'
import { describe, expect, it } from 'vitest'
import { databases, nameDatabase } from './databases.js'
import { exists } from './exists.js'
import { runCli, runJson } from './run-cli.js'
import { copySample, filesOf, sample, writeOwnedSample } from './sample.js'
import { temporaryFolder } from './temporary-folder.js'

const source = ['--from', `file:${sample}`]
const unowned = [
  { kind: 'nodes', id: 'mem_460d2870eee8c98a' },
  { kind: 'nodes', id: 'mem_4c4fe77d1024c246' },
  { kind: 'nodes', id: 'mem_682df314f52da1d2' },
]

describe('files to PostgreSQL and back', () => {
  it.each(databases)('gives the same bytes in every file: %s', async (kind) => {
    const cwd = await temporaryFolder()
    const counts = await writeOwnedSample(join(cwd, 'data'))
    expect(counts).toEqual({ nodes: 101, episodes: 22 })
    const before = await filesOf(join(cwd, 'data'))
    const database = await nameDatabase(kind, cwd)

    const there = await runJson(['copy', '--from', 'file:./data', ...database.asTarget], { cwd })
    expect(there.exitCode).toBe(0)
    expect(there.document).toMatchObject({
      command: 'copy',
      ok: true,
      from: 'file:./data',
      to: database.shown,
      source: { nodes: 101, episodes: 22, vectors: 123, unowned: { count: 0, first: [] } },
      copied: 123,
      alreadyThere: 0,
      comparison: { equal: true, differenceCount: 0, from: { nodes: 101 }, to: { nodes: 101 } },
    })
    expect(await filesOf(join(cwd, 'data'))).toEqual(before)
    expect(await exists(join(cwd, 'data', '.holdfast'))).toBe(false)

    const back = await runCli(['copy', ...database.asSource, '--to', 'file:./back'], { cwd })
    expect(back.exitCode).toBe(0)
    const after = await filesOf(join(cwd, 'back'))
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort())
    for (const [path, bytes] of before) expect([path, after.get(path)?.equals(bytes)]).toEqual([path, true])

    const again = await runJson(['verify', '--from', 'file:./data', '--to', 'file:./back'], { cwd })
    expect(again).toMatchObject({ exitCode: 0, document: { command: 'verify', ok: true } })

    const args = ['copy', '--from', 'file:./data', ...database.asTarget]
    const refused = await runCli(args, { cwd })
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(/the target is not empty.*--resume/)
    const resumed = await runJson([...args, '--resume'], { cwd })
    expect(resumed).toMatchObject({ exitCode: 0, document: { ok: true, copied: 0, alreadyThere: 123 } })
  })

  it.each(databases)('a dry run makes no tables: %s', async (kind) => {
    const cwd = await temporaryFolder()
    const database = await nameDatabase(kind, cwd)
    const args = ['copy', ...source, ...database.asTarget, '--unowned', 'skip', '--dry-run']
    expect(await runJson(args, { cwd })).toMatchObject({
      exitCode: 0,
      document: { copied: 123, dryRun: true },
    })
    const nothing = await runJson(['verify', ...source, ...database.asTarget, '--unowned', 'skip'], { cwd })
    expect(nothing).toMatchObject({ exitCode: 3, document: { code: 'CONNECTION' } })
  })
})

describe('records without an owner', () => {
  it('are refused by default, and nothing is made', async () => {
    const cwd = await temporaryFolder()
    const { exitCode, stdout, stderr } = await runCli(['copy', ...source, '--to', 'file:./new'], { cwd })
    expect(exitCode).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/error: 5 records have neither a tenant nor a user: node mem_460d2870eee8c98a, /)
    expect(await exists(join(cwd, 'new'))).toBe(false)

    const { document } = await runJson(['copy', ...source, '--to', 'file:./new'], { cwd })
    expect(document).toMatchObject({ ok: false, exitCode: 1, code: 'SCOPE_REQUIRED', unowned: { count: 5 } })
    expect((document.unowned as { first: unknown[] }).first.slice(0, 3)).toEqual(unowned)
  })

  it('are left out and counted with skip, in copy and verify', async () => {
    const cwd = await temporaryFolder()
    const stores = [...source, '--to', 'file:./new']
    const { exitCode, stdout } = await runCli(['copy', ...stores, '--unowned', 'skip'], { cwd })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^Copied 123 records from .*\nLeft out, for want of an owner: 5 records \(node mem_460d/,
    )
    expect((await runCli(['verify', ...stores], { cwd })).exitCode).toBe(1)
    expect((await runCli(['verify', ...stores, '--unowned', 'skip'], { cwd })).exitCode).toBe(0)
  })

  it('do not matter to a scope', async () => {
    const cwd = await temporaryFolder()
    const stores = [...source, '--to', 'file:./new']
    const scoped = await runJson(['copy', ...stores, '--tenant', 'pedalwick'], { cwd })
    expect(scoped).toMatchObject({ exitCode: 0, document: { ok: true } })
    const store = await FileBackend.open({ dataDir: join(cwd, 'new'), readOnly: true })
    const scopes = await store.admin.listScopes()
    await store.close()
    expect(scopes.map(({ scope }) => scope.tenantId).filter((tenant) => tenant != null)).toEqual([
      'pedalwick',
    ])
    expect((await runCli(['verify', ...stores, '--tenant', 'pedalwick'], { cwd })).exitCode).toBe(0)
    const whole = await runJson(['verify', ...stores, '--unowned', 'skip'], { cwd })
    expect(whole).toMatchObject({ exitCode: 1, document: { ok: false } })
  })
})

it('verify names what differs, on stdout and in JSON, and exits with 1', async () => {
  const cwd = await temporaryFolder()
  await copySample(join(cwd, 'data'))
  const nodes = join(cwd, 'data', 'corpus', 'nodes.json')
  const text = await readFile(nodes, 'utf8')
  await writeFile(nodes, text.replace('"urgency": "low"', '"urgency": "l\\u001b[31mow"'))
  const args = ['verify', ...source, '--to', 'file:./data', '--unowned', 'skip']
  const { exitCode, stdout } = await runCli(args, { cwd })
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(
    /1 difference:\n {2}node mem_6c9b53de311ddd46: urgency\n {4}source: "low"\n {4}target: "l\\u001b\[31mow"\n$/,
  )
  const { document } = await runJson(args, { cwd })
  expect(document).toMatchObject({
    ok: false,
    comparison: {
      equal: false,
      differences: [{ kind: 'nodes', id: 'mem_6c9b53de311ddd46', field: 'urgency' }],
    },
  })
})

describe('a dry run', () => {
  it('writes nothing, and says what it would do', async () => {
    const cwd = await temporaryFolder()
    for (const url of ['file:./new', 'pglite:./new']) {
      const { exitCode, stdout } = await runCli(
        ['copy', ...source, '--to', url, '--unowned', 'skip', '--dry-run'],
        { cwd },
      )
      expect(stdout).toMatch(/^Would copy 123 records from .*: 101 nodes, 22 episodes, 123 vectors\nLeft out/)
      expect(exitCode).toBe(0)
      expect(await exists(join(cwd, 'new'))).toBe(false)
    }
    await copySample(join(cwd, 'full'))
    const before = await filesOf(join(cwd, 'full'))
    const args = ['copy', ...source, '--to', 'file:./full', '--unowned', 'skip', '--dry-run']
    expect(await runCli(args, { cwd })).toMatchObject({ exitCode: 1, stdout: '' })
    const resumed = await runJson([...args, '--resume'], { cwd })
    expect(resumed).toMatchObject({ exitCode: 0, document: { dryRun: true } })
    expect(await filesOf(join(cwd, 'full'))).toEqual(before)
    expect(await exists(join(cwd, 'full', '.holdfast'))).toBe(false)
  })
})

it('takes a configuration in place of a URL', async () => {
  const cwd = await temporaryFolder()
  await mkdir(join(cwd, 'etc'))
  await writeFile(join(cwd, 'etc', 'config.yaml'), 'paths: { data_dir: ../${HF_TEST_DIR} }')
  const env = { HF_TEST_DIR: 'configured' }
  const config = ['--config', 'etc/config.yaml']
  const copied = await runCli(['copy', ...source, ...config, '--unowned', 'skip'], { cwd, env })
  expect(copied.stdout).toMatch(/^Copied 123 records from .* to etc\/config\.yaml\n/)
  expect(copied.exitCode).toBe(0)
  const verified = await runCli(['verify', ...config, '--to', `file:${cwd}/configured`], { cwd, env })
  expect(verified).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/the same store/) as string })
  expect((await runCli(['copy', ...config, '--to', 'file:./out'], { cwd, env })).exitCode).toBe(0)
})

describe('Ctrl+C', () => {
  it('stops between two batches with 130, and --resume goes on', async () => {
    const cwd = await temporaryFolder()
    const total = 1500
    const nodes = Array.from({ length: total }, (_, index) => ({
      id: `n${index}`,
      humanContent: 'q',
      assistantContent: 'a',
      tenantId: 't',
    }))
    const source = await FileBackend.open({ dataDir: join(cwd, 'data'), dimensions: 3 })
    await source.insertNodes(nodes)
    await source.close()

    const args = ['copy', '--from', 'file:./data', '--to', 'file:./new']
    const stopped = await runCli([...args, '--batch-size', '1'], {
      cwd,
      onStderr: (written, kill) => {
        if (/^copying$/m.test(written)) kill('SIGINT')
      },
    })
    expect(stopped).toMatchObject({ exitCode: 130, stdout: '' })
    const [, done = ''] =
      /Stopped after (\d+) of 1500 records. .* --resume goes on/.exec(stopped.stderr) ?? []
    expect(done).toMatch(/\d/)
    expect(Number(done)).toBeLessThan(total)

    const resumed = await runJson([...args, '--resume'], { cwd })
    expect(resumed).toMatchObject({
      exitCode: 0,
      document: {
        ok: true,
        copied: total - Number(done),
        alreadyThere: Number(done),
        comparison: { equal: true },
      },
    })
  })

  it('says so in JSON', async () => {
    const cwd = await temporaryFolder()
    const args = ['copy', ...source, '--to', 'file:./new', '--unowned', 'skip', '--json']
    const { exitCode, stdout } = await runCli(args, {
      cwd,
      onStderr: (written, kill) => {
        if (/^reading the source$/m.test(written)) kill('SIGINT')
      },
    })
    expect(exitCode).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 130, code: 'INTERRUPTED' })
  })
})

it('writes progress as plain lines to stderr where there is no terminal, and no escape codes', async () => {
  const cwd = await temporaryFolder()
  const args = ['copy', ...source, '--to', 'file:./new', '--unowned', 'skip', '--batch-size', '2']
  const { stdout, stderr } = await runCli(args, { cwd, env: { CI: 'true', FORCE_COLOR: '1' } })
  expect(stdout + stderr).not.toContain(String.fromCharCode(27))
  const copying = stderr.split('\n').filter((text) => text.startsWith('copying: '))
  // A batch, then 16 of them together: 62 and 11 batches.
  expect(copying).toHaveLength(5)
  expect(copying.at(-1)).toBe('copying: 100 % (123 of 123 records)')
  expect(stdout).toMatch(/\nThe same on both sides: 101 nodes, 22 episodes, 123 vectors; /)
})
