import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../../src')

/** What `src/runner/test-api.ts` has of vitest. */
const offered = new Set(['describe', 'it', 'expect', 'beforeAll', 'afterAll'])

async function sources(): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const names = await readdir(source, { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts'))
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(source, file), 'utf8') })))
}

describe('the suites, which run with and without vitest,', () => {
  it('import it as #test and in no other way', async () => {
    const all = await sources()
    expect(all.filter(({ text }) => /from 'vitest['/]/.test(text)).map(({ file }) => file)).toEqual([])
    expect(all.filter(({ text }) => text.includes("from '#test'")).length).toBeGreaterThan(30)
  })

  it('use what both have', async () => {
    for (const { file, text } of await sources()) {
      const [, names = ''] = /import \{([^}]*)\} from '#test'/.exec(text) ?? []
      const imported = names.split(',').map((name) => name.trim())
      expect(
        imported.filter((name) => name !== '' && !offered.has(name)),
        file,
      ).toEqual([])
      const members = [...text.matchAll(/\b(?:it|describe)\.(\w+)[(<]/g)].map(([, member]) => member)
      expect(
        members.filter((member) => member !== 'each'),
        file,
      ).toEqual([])
    }
  })
})
