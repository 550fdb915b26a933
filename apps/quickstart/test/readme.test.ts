import { execFile } from 'node:child_process'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const app = fileURLToPath(new URL('..', import.meta.url))
const root = join(app, '../..')

/** The fenced blocks of a language in a Markdown text. */
function codeBlocks(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, each]) => each === language)
    .map(([, , code = '']) => code)
}

describe('README', () => {
  let readme = ''
  let folder = ''

  beforeAll(async () => {
    readme = await readFile(join(root, 'README.md'), 'utf8')
    // Beside the application, so that the packages are found as an application finds them.
    folder = await mkdtemp(join(app, '.tsbuild/readme-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has one program, which compiles strictly and says what its comments say', async () => {
    const [program, ...others] = codeBlocks(readme, 'ts')
    expect(others).toEqual([])
    await writeFile(join(folder, 'example.ts'), program ?? '')
    const options = { extends: join(root, 'tsconfig.base.json'), compilerOptions: { composite: false } }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...options, files: ['example.ts'] }))
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
    for (const time of ['first', 'second']) {
      const { stdout } = await run(process.execPath, [join(folder, 'example.js')], { cwd: folder })
      const lines = stdout.trimEnd().split('\n')
      expect(lines[0], time).toMatch(/^0\.\d{3} Choose "Forgot password" on the sign-in page/)
      expect(stdout).toContain('How do I reset my password?')
      expect(lines.slice(-3)).toEqual(['1', '0', '0'])
    }
  })

  it('names only scripts, files and packages that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>
    }
    const commands = codeBlocks(readme, 'sh').flatMap((block) => [...block.matchAll(/pnpm@12 ([\w:-]+)/g)])
    expect(commands.map(([, script]) => script)).toEqual(['quickstart', 'test'])
    for (const [, script = ''] of commands) expect(Object.keys(scripts)).toContain(script)
  })

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/benchmarks.md',
    'docs/configuration.md',
    'docs/conformance.md',
    'docs/writing-a-backend.md',
    'packages/conformance/README.md',
    'docs/errors.md',
    'docs/repair.md',
    'fixtures/README.md',
  ])('and %s link only to what exists', async (name) => {
    const text = await readFile(join(root, name), 'utf8')
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      await expect(access(join(root, dirname(name), link)), link).resolves.toBeUndefined()
    }
  })
})
