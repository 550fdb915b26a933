// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli, runJson } from './run-cli.js'
import { temporaryFolder } from './temporary-folder.js'

const stores = ['--from', 'file:./a', '--to', 'file:./b']

describe('a wrong command line exits with 2', () => {
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
    const cwd = await temporaryFolder()
    const { exitCode, stdout, stderr } = await runCli(args, { cwd })
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('s3cret')
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it('with --json too, as one document', async () => {
    for (const args of [['copy', '--to', 'file:./b'], ['verify', '--nonsense'], ['move']]) {
      const { exitCode, document } = await runJson(args)
      expect(exitCode).toBe(2)
      expect(document).toMatchObject({ ok: false, exitCode: 2, code: 'USAGE' })
    }
  })

  it('the same store behind a symbolic link', async () => {
    const cwd = await temporaryFolder()
    await mkdir(join(cwd, 'a'))
    await symlink(join(cwd, 'a'), join(cwd, 'link'))
    const { exitCode, stderr } = await runCli(['copy', '--from', 'file:./a/new', '--to', 'file:link/new'], {
      cwd,
    })
    expect(stderr).toMatch(/are the same store/)
    expect(exitCode).toBe(2)
  })

  it.each([
    ['memory: { postgres: { password: "${HF_NONE}" } }', /memory\.postgres\.password needs .* HF_NONE/],
    ['memory: { backend: fil }', /did you mean file\?/],
    ['memory: { backnd: file }', /did you mean memory\.backend\?/],
    ['memory: { backend: postgres, postgres: { url: "pglite:./b" } }', /are the same store/],
    ['paths: { data_dir: ./b }', /are the same store/],
    ['memory: [', /c\.yaml:1:\d+/],
  ])('the configuration %s', async (yaml, message) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'c.yaml'), yaml)
    const { exitCode, stderr } = await runCli(['copy', '--config', 'c.yaml', '--to', 'file:./b'], { cwd })
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
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
