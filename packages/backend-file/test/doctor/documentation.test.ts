import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findingCodes, repairNames } from '../../src/index.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { hurtTransaction, journalsOf, openHere, shown, showStore, writeKilledStore } from './hurt-store.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const readDocument = () => readFile(join(root, 'docs/repair.md'), 'utf8')

describe('docs/repair.md', () => {
  it('names every code with its severity, and every repair in its order', async () => {
    const rows = [...(await readDocument()).matchAll(/^\| `([\w-]+)` +\| ([^|]*?) +\|/gm)]
    const codes = rows.filter(([, name = '']) => name === name.toUpperCase())
    const expected = Object.entries(findingCodes).flatMap(([severity, names]) =>
      names.map((name) => [name, severity]),
    )
    expect(codes.map(([, name, severity]) => [name, severity])).toEqual(expected)
    const repairs = rows.filter((row) => !codes.includes(row))
    expect(repairs.map(([, name]) => name)).toEqual(repairNames)
  })

  it('has one program, which repairs a damaged journal', async () => {
    const programs = [...(await readDocument()).matchAll(/^```ts\n(.*?)^```$/gms)]
    expect(programs).toHaveLength(1)
    const cwd = await temporaryDirectory()
    await writeKilledStore(join(cwd, 'data'))
    await hurtTransaction(join(cwd, 'data', (await journalsOf(join(cwd, 'data')))[0] ?? ''), 2)
    // In the package, so that its name is found.
    const folder = join(root, 'packages/backend-file/.tsbuild', `repair-${process.pid}`)
    await mkdir(folder, { recursive: true })
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'example.mjs'), programs[0]?.[1] ?? '')
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')], { cwd })
    expect(stdout).toMatch(/^error JOURNAL_CORRUPT \.holdfast\/journal\/journal-\d+\.log /)
    await using backend = await openHere(join(cwd, 'data'))
    expect(await showStore(backend)).toBe(shown('a', 'b', 'c', 'j1', 'j2'))
  })
})
