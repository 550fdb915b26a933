import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { wrongBackends } from './wrong/wrong-backends.js'

const root = join(import.meta.dirname, '../../..')
const source = join(import.meta.dirname, '../src')

interface Region {
  readonly name: string
  readonly code: string
}

/** The marked regions of a source file. */
function regionsOf(file: string, text: string): readonly Region[] {
  return [...text.matchAll(/^( *)\/\/ #region (.+)\n([\s\S]*?)^ *\/\/ #endregion$/gm)].map(
    ([, indent = '', name = '', code = '']) => ({
      name: `apps/example-backend/src/${file}#${name}`,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

async function regions(): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(source)
  const texts = files.map(async (file) => regionsOf(file, await readFile(join(source, file), 'utf8')))
  return new Map((await Promise.all(texts)).flat().map(({ name, code }) => [name, code]))
}

describe('docs/writing-a-backend.md', () => {
  it('shows code of the example, each block as it stands there, and all of it', async () => {
    const page = await readFile(join(root, 'docs/writing-a-backend.md'), 'utf8')
    const blocks = [...page.matchAll(/^<!-- (\S+) -->\n\n```ts\n([\s\S]*?)^```$/gm)]
    const shown = new Map(blocks.map(([, name = '', code = '']) => [name, code]))
    const known = await regions()
    expect([...shown.keys()].sort()).toEqual([...known.keys()].sort())
    for (const [name, code] of shown) expect(code, name).toBe(known.get(name))
    expect(shown.size).toBeGreaterThan(20)
    // None without its source above it, none shown twice.
    expect(page.match(/^```ts$/gm)).toHaveLength(shown.size)
  })

  it('leaves out nothing of the class but its imports and its first line', async () => {
    const text = await readFile(join(source, 'in-memory-backend.ts'), 'utf8')
    const rest = text.replaceAll(/^ *\/\/ #region .*\n[\s\S]*?^ *\/\/ #endregion$/gm, '')
    const code = rest
      .split('\n')
      .filter((line) => /\S/.test(line) && !/^(import|} from| {2}type | {2}\w+,$)/.test(line))
    expect(code).toEqual([
      '/** The contract in the plainest form: lists in memory, which are gone when the process ends. */',
      'export class InMemoryBackend extends MemoryBackend {',
      '}',
    ])
  })
})

describe('docs/conformance.md', () => {
  it('names every wrong backend with the test that it fails', async () => {
    const page = await readFile(join(root, 'docs/conformance.md'), 'utf8')
    const [, table = ''] = page.split('## Wrong backends')
    const [, , ...rows] = table.split('\n').filter((line) => line.startsWith('| '))
    const named = rows.map((row) =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1)
        .join(' | '),
    )
    const known = wrongBackends.map(({ name, suite, promise }) => [name, suite, promise].join(' | '))
    expect(named.sort()).toEqual(known.sort())
  })
})

describe('the generated pages', () => {
  it('are as the script writes them', async () => {
    const script = join(root, '.ci/docs/write.mjs')
    await promisify(execFile)(process.execPath, [script, '--check'])
  })
})
