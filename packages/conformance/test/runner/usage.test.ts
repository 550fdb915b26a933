import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli.js'

describe('the command line is used wrongly, with exit code 2 and nothing on standard output, when', () => {
  it.each([
    { what: 'there is no harness', args: [], says: 'harness is missing' },
    { what: 'there are two', args: ['unreachable.mjs', 'nothing.mjs'], says: 'not also nothing.mjs' },
    { what: 'an option is unknown', args: ['unreachable.mjs', '--skip'], says: '--skip' },
    { what: 'an option has a value', args: ['--json=report.json', 'unreachable.mjs'], says: '--json' },
    { what: 'the file is not there', args: ['nowhere.mjs'], says: 'nowhere.mjs cannot be loaded' },
    { what: 'the module throws', args: ['cannot-load.mjs'], says: 'the module is broken' },
    { what: 'there is no default export', args: ['no-default.mjs'], says: 'it is undefined' },
    { what: 'a function is missing', args: ['no-destroy.mjs'], says: 'destroy must be a function' },
    { what: 'too few records are to be deleted', args: ['too-small-scope.mjs'], says: '2000 at least' },
    { what: 'there is nothing to list', args: ['--list', 'nowhere.mjs'], says: 'cannot be loaded' },
  ])('$what', async ({ args, says }) => {
    const { code, out, err } = await runCli(...args)
    expect(err).toContain(says)
    expect(out).toBe('')
    expect(code).toBe(2)
  })
})

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out, err } = await runCli('--help')
    expect(out).toMatch(/^Usage: npx @holdfast\/conformance <harness.js>/)
    expect(err).toBe('')
    expect(code).toBe(0)
  })

  it('says which version of the suite it is', async () => {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
    const { code, out } = await runCli('--version')
    expect(`"version": "${out.trim()}"`).not.toBe('"version": ""')
    expect(manifest).toContain(`"version": "${out.trim()}"`)
    expect(code).toBe(0)
  })
})
