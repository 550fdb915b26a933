import { readFile, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBackend } from '@holdfast/backend-file'
import { describe, expect, it } from 'vitest'
import { exists } from './exists.js'
import { runCli, runJson } from './run-cli.js'
import { copySample, filesOf, sample } from './sample.js'
import { temporaryFolder } from './temporary-folder.js'

const source = ['--from', `file:${sample}`]

describe('a store that cannot be opened exits with 3, and nothing is made', () => {
  const damaged: readonly [string, RegExp, (data: string) => Promise<void>][] = [
    ['no nodes.json', /nodes\.json is missing/, (data) => unlink(join(data, 'corpus/nodes.json'))],
    ['a truncated nodes.json', /nodes\.json/, (data) => truncate(join(data, 'corpus/nodes.json'), 5000)],
    ['a truncated nodes.npy', /nodes\.npy/, (data) => truncate(join(data, 'vectors/nodes.npy'), 5000)],
    [
      'clusters that point outside',
      /clusters\.json/,
      (data) => writeFile(join(data, 'indexes/clusters.json'), '{"0": [104]}'),
    ],
    [
      'a node with a field of another type, after good ones',
      /record 103 of the source \(mem_[0-9a-f]{16}\): node\.hasCode/,
      async (data) => {
        const path = join(data, 'corpus/nodes.json')
        const text = await readFile(path, 'utf8')
        const at = text.lastIndexOf('"has_code": false')
        await writeFile(
          path,
          `${text.slice(0, at)}"has_code": "no"${text.slice(at + '"has_code": false'.length)}`,
        )
      },
    ],
    [
      'NaN in a vector',
      /nodes\.npy/,
      async (data) => {
        const path = join(data, 'vectors/nodes.npy')
        const bytes = await readFile(path)
        bytes.writeFloatLE(Number.NaN, bytes.length - 4)
        await writeFile(path, bytes)
      },
    ],
  ]

  it.each(damaged)('%s', async (_, message, damage) => {
    const cwd = await temporaryFolder()
    await copySample(join(cwd, 'data'))
    await damage(join(cwd, 'data'))
    const before = await filesOf(join(cwd, 'data'))
    const args = ['copy', '--from', 'file:./data', '--to', 'file:./new', '--unowned', 'skip']
    const { exitCode, stdout, stderr } = await runCli(args, { cwd })
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(exitCode).toBe(3)
    expect(await exists(join(cwd, 'new'))).toBe(false)
    expect(await filesOf(join(cwd, 'data'))).toEqual(before)
    const { document } = await runJson(args, { cwd })
    expect(document).toMatchObject({ ok: false, exitCode: 3 })
  })

  it.each(['file:./none', 'pglite:./none'])('no source at %s', async (url) => {
    const cwd = await temporaryFolder()
    const { exitCode, document } = await runJson(['copy', '--from', url, '--to', 'file:./new'], { cwd })
    expect([exitCode, document.code]).toEqual([3, 'CONNECTION'])
    expect(await exists(join(cwd, 'none'))).toBe(false)
    expect(await exists(join(cwd, 'new'))).toBe(false)
  })

  it('no target to compare with', async () => {
    const cwd = await temporaryFolder()
    const args = ['verify', ...source, '--to', 'file:./none', '--unowned', 'skip']
    expect(await runJson(args, { cwd })).toMatchObject({ exitCode: 3, document: { code: 'CONNECTION' } })
    expect(await exists(join(cwd, 'none'))).toBe(false)
  })

  it.each([[[]], [['--dry-run']]])('a server that is down, and no password is shown %j', async (more) => {
    const args = [
      'copy',
      ...source,
      '--unowned',
      'skip',
      '--to',
      'postgres://me:s3cret@127.0.0.1:1/x',
      ...more,
    ]
    const { exitCode, stdout, stderr } = await runCli([...args, '--json'])
    expect(exitCode).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 3, code: 'CONNECTION' })
    expect(stdout + stderr).not.toContain('s3cret')
  })

  it('a target made for other vectors', async () => {
    const cwd = await temporaryFolder()
    const target = await FileBackend.open({ dataDir: join(cwd, 'small'), dimensions: 3 })
    await target.insertNode({ humanContent: 'q', assistantContent: 'a', tenantId: 't', embedding: [1, 2, 3] })
    await target.close()
    const before = await filesOf(join(cwd, 'small'))
    const args = ['copy', ...source, '--to', 'file:./small', '--unowned', 'skip', '--resume']
    expect(await runJson(args, { cwd })).toMatchObject({
      exitCode: 3,
      document: { code: 'DIMENSION_MISMATCH' },
    })
    expect(await filesOf(join(cwd, 'small'))).toEqual(before)
  })
})

it('a target that another process writes to exits with 4', async () => {
  const cwd = await temporaryFolder()
  const writer = await FileBackend.open({ dataDir: join(cwd, 'new'), dimensions: 512 })
  const args = ['copy', ...source, '--to', 'file:./new', '--unowned', 'skip']
  const locked = await runJson(args, { cwd })
  await writer.close()
  expect(locked).toMatchObject({ exitCode: 4, document: { ok: false, exitCode: 4, code: 'LOCKED' } })
  expect((await runCli(args, { cwd })).exitCode).toBe(0)
})
