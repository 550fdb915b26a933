// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderImage } from './folder-image.js'
import { type CliResult, runCli, runJson } from './run-cli.js'
import { copySample } from './sample.js'
import { temporaryFolder } from './temporary-folder.js'

const stores = ['--from', 'file:./a', '--to', 'file:./b']

/** A folder with a good store `a`, so that a command that wrongly begins has something to copy. */
async function folderWithStore(): Promise<string> {
  const folder = await temporaryFolder()
  await copySample(join(folder, 'a'))
  return folder
}

/** What a refused command said, after it is made sure that it left every name and byte of the folder as it was. */
async function refused(args: readonly string[], cwd: string): Promise<CliResult> {
  const before = await folderImage(cwd)
  const result = await runCli(args, { cwd })
  expect(await folderImage(cwd)).toEqual(before)
  expect(result.exitCode).toBe(2)
  return result
}

it('a right command line writes a target where the wrong ones write nothing', async () => {
  const cwd = await folderWithStore()
  await writeFile(join(cwd, 'c.yaml'), 'paths: { data_dir: ./a }')
  const before = await folderImage(cwd)
  expect([...before.keys()]).toContain(join('a', 'corpus', 'nodes.json'))
  const direct = await runCli(['copy', ...stores, '--unowned', 'skip'], { cwd })
  expect(direct.exitCode, direct.stderr).toBe(0)
  const after = await folderImage(cwd)
  expect(after).not.toEqual(before)
  expect([...after.keys()]).toContain(join('b', 'corpus', 'nodes.json'))
  const configured = ['copy', '--config', 'c.yaml', '--to', 'file:./d', '--unowned', 'skip']
  expect((await runCli(configured, { cwd })).exitCode).toBe(0)
  expect([...(await folderImage(cwd)).keys()]).toContain(join('d', 'corpus', 'nodes.json'))
})

describe('a wrong command line exits with 2 and writes nothing', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no command', [], /Usage: holdfast-migrator/],
    ['an unknown command', ['move'], /unknown command 'move'/],
    ['an unknown option', ['copy', ...stores, '--forse'], /unknown option '--forse'/],
    ['an argument too many', ['copy', ...stores, 'x'], /too many arguments/],
    ['no source', ['copy', '--to', 'file:./b'], /--from is missing/],
    ['no target', ['verify', '--from', 'file:./a'], /--to is missing/],
    [
      'tenant and user',
      ['copy', ...stores, '--tenant', 't', '--user', 'u'],
      /--tenant and --user cannot be combined/,
    ],
    ['an empty tenant', ['copy', ...stores, '--tenant', ''], /must not be empty/],
    ['an empty user', ['verify', ...stores, '--user='], /must not be empty/],
    ['a batch of none', ['copy', ...stores, '--batch-size', '0'], /must be 1 to 10000/],
    ['a batch too large', ['copy', ...stores, '--batch-size', '10001'], /must be 1 to 10000/],
    ['a batch that is no number', ['copy', ...stores, '--batch-size', '1e3'], /must be 1 to 10000/],
    ['an unknown choice', ['copy', ...stores, '--unowned', 'keep'], /Allowed choices are reject, skip/],
    ['resume in verify', ['verify', ...stores, '--resume'], /unknown option '--resume'/],
    ['the same store', ['copy', '--from', 'file:./a', '--to', 'file:a/../a/'], /are the same store/],
    [
      'a target within the source',
      ['copy', '--from', 'file:./a', '--to', 'file:./a/b'],
      /inside the directory of the source/,
    ],
    [
      'a database within the source',
      ['copy', '--from', 'file:a', '--to', 'pglite:./x/../a/b/c'],
      /inside the directory of the source/,
    ],
    ['the same directory', ['copy', '--from', 'file:./a', '--to', 'pglite:./a'], /are the same store/],
    [
      'the same database',
      ['copy', '--from', 'postgres://me:s3cret@DB/x', '--to', 'postgresql://other@db:5432/x?sslmode=require'],
      /are the same store/,
    ],
    ['an unknown scheme', ['copy', '--from', 'mongodb://me:s3cret@db', '--to', 'file:./b'], /"mongodb:"/],
    [
      'a misspelt scheme',
      ['copy', '--from', 'file:./a', '--to', 'postgress://me:s3cret@db/x'],
      /did you mean postgres:/,
    ],
    ['a path for a URL', ['copy', '--from', './a', '--to', 'file:./b'], /write file:\.\/data/],
    ['a configuration for both', ['copy', '--config', 'c.yaml'], /--config stands in place of one/],
    [
      'a configuration too many',
      ['copy', ...stores, '--config', 'c.yaml'],
      /--config stands in place of one/,
    ],
    [
      'no such configuration',
      ['copy', '--config', 'c.yaml', '--to', 'file:./b'],
      /c\.yaml: there is no such file/,
    ],
  ])('%s', async (_, args, message) => {
    const { stdout, stderr } = await refused(args, await folderWithStore())
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('s3cret')
    expect(stdout).toBe('')
  })

  it('with --json too, as one document', async () => {
    const cwd = await folderWithStore()
    const before = await folderImage(cwd)
    for (const args of [['copy', '--to', 'file:./b'], ['verify', '--nonsense'], ['move']]) {
      const { exitCode, document } = await runJson(args, { cwd })
      expect(exitCode).toBe(2)
      expect(document).toMatchObject({ ok: false, exitCode: 2, code: 'USAGE' })
    }
    expect(await folderImage(cwd)).toEqual(before)
  })

  it('the same store behind a symbolic link', async () => {
    const cwd = await folderWithStore()
    await symlink(join(cwd, 'a'), join(cwd, 'link'))
    const { stderr } = await refused(['copy', '--from', 'file:./a/new', '--to', 'file:link/new'], cwd)
    expect(stderr).toMatch(/are the same store/)
  })

  it.each([
    ['memory: { postgres: { password: "${HF_NONE}" } }', /memory\.postgres\.password needs .* HF_NONE/],
    ['memory: { backend: fil }', /did you mean file\?/],
    ['memory: { backnd: file }', /did you mean memory\.backend\?/],
    ['memory: { backend: postgres, postgres: { url: "pglite:./b" } }', /are the same store/],
    ['paths: { data_dir: ./b }', /are the same store/],
    ['memory: [', /c\.yaml:1:\d+/],
  ])('the configuration %s', async (yaml, message) => {
    const cwd = await folderWithStore()
    await writeFile(join(cwd, 'c.yaml'), yaml)
    const { stderr } = await refused(['copy', '--config', 'c.yaml', '--to', 'file:./b'], cwd)
    expect(stderr).toMatch(message)
  })
})

it('prints help and version on stdout', async () => {
  const help = await runCli(['--help'])
  expect(help).toMatchObject({ exitCode: 0, stderr: '' })
  expect(help.stdout).toMatch(/copy .*verify .*Exit codes:.*130/s)
  const copy = await runCli(['copy', '--help'])
  expect(copy.stdout).toMatch(/--dry-run/)
  expect(copy.exitCode).toBe(0)
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' })
  expect((await runCli(['--', '--version'])).stdout).toBe('0.1.0\n')
})
