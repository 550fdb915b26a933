import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtConfig, builtCore, runScript } from './run-script.js'
import { temporaryFolder } from './temporary-folder.js'

/** The files of every module that a script loaded, from V8's own record of them. */
async function loadedBy(script: string, cwd: string): Promise<readonly string[]> {
  const coverage = await temporaryFolder()
  const { exitCode, stderr } = await runScript(script, { cwd, env: { NODE_V8_COVERAGE: coverage } })
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  const reports = await Promise.all(
    (await readdir(coverage)).map(async (name) => readFile(join(coverage, name), 'utf8')),
  )
  return reports.flatMap((report) =>
    (JSON.parse(report) as { result: { url: string }[] }).result.map(({ url }) => url),
  )
}

const open = (url: string) =>
  `import { openBackend } from ${JSON.stringify(builtConfig)}
   const store = await openBackend(${JSON.stringify(url)}, { dimensions: 3 })
   await store.close()`

const isDriver = (url: string) => /node_modules\/(?:pg|@electric-sql\/pglite)\//.test(url)

describe('only the chosen backend is loaded', () => {
  it('a user of files never loads pg, a user of PostgreSQL does', async () => {
    const folder = await temporaryFolder()
    const forFiles = await loadedBy(open('file:./data'), folder)
    expect(forFiles.some((url) => url.includes('/backend-file/dist/'))).toBe(true)
    expect(forFiles.filter((url) => isDriver(url) || url.includes('/backend-postgres/'))).toEqual([])

    const forPostgres = await loadedBy(open('pglite:./pg'), folder)
    expect(forPostgres.some(isDriver)).toBe(true)
    expect(forPostgres.filter((url) => url.includes('/backend-file/'))).toEqual([])
  })

  it('importing the package loads neither', async () => {
    const loaded = await loadedBy(`await import(${JSON.stringify(builtConfig)})`, await temporaryFolder())
    expect(loaded.some((url) => url.includes('/config/dist/'))).toBe(true)
    expect(loaded.filter((url) => url.includes('/packages/backend-'))).toEqual([])
  })
})

describe("somebody else's backend", () => {
  async function application(source: string): Promise<string> {
    const folder = await temporaryFolder()
    const directory = join(folder, 'node_modules', '@acme', 'store')
    await mkdir(directory, { recursive: true })
    const manifest = { name: '@acme/store', type: 'module', exports: { import: './index.js' } }
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(directory, 'index.js'), source)
    return folder
  }

  const use = `import { openBackend } from ${JSON.stringify(builtConfig)}
    try {
      const store = await openBackend({ memory: { backend: '@acme/store', dimensions: 3 }, paths: { data_dir: 'd' } }, { readOnly: true })
      console.log(store.constructor.name, JSON.stringify(store.given))
    } catch (error) {
      console.log(error.code, error.message)
    }`

  it("is found in the application's own packages and gets configuration and options", async () => {
    const cwd = await application(`import { MemoryBackend } from ${JSON.stringify(builtCore)}
      class AcmeStore extends MemoryBackend {
        constructor(given) { super(); this.given = given }
        _adminDriver() { return {} }
      }
      export const openBackend = async (config, options) => new AcmeStore({ config, options })`)
    const given = {
      config: { memory: { backend: '@acme/store', dimensions: 3, postgres: {} }, paths: { dataDir: 'd' } },
      options: { dimensions: 3, readOnly: true },
    }
    expect(await runScript(use, { cwd })).toEqual({
      exitCode: 0,
      stdout: `AcmeStore ${JSON.stringify(given)}\n`,
      stderr: '',
    })
  })

  it.each(['export const openBackend = async () => ({})', 'export const open = 1'])(
    'is refused when it is none: %s',
    async (source) => {
      const { stdout } = await runScript(use, { cwd: await application(source) })
      expect(stdout).toMatch(/^UNKNOWN_BACKEND .*@acme\/store/)
    },
  )
})

it('says which package to install when a backend of ours is not there', async () => {
  const folder = await temporaryFolder()
  const own = join(folder, 'node_modules', '@holdfast', 'config')
  await mkdir(own, { recursive: true })
  // The package as npm would install it, with what it depends on and without its optional peers.
  const script = `
    import { cp, symlink, readdir, realpath, mkdir } from 'node:fs/promises'
    const from = new URL('..', ${JSON.stringify(builtConfig)}).pathname
    await cp(from + 'dist', ${JSON.stringify(own)} + '/dist', { recursive: true })
    await cp(from + 'package.json', ${JSON.stringify(own)} + '/package.json')
    const packages = ${JSON.stringify(join(folder, 'node_modules'))}
    for (const name of ['yaml', 'zod', 'fastest-levenshtein', 'import-meta-resolve', '@holdfast/core']) {
      await symlink(await realpath(from + 'node_modules/' + name), packages + '/' + name)
    }
    const { openBackend } = await import(${JSON.stringify(own)} + '/dist/index.js')
    for (const url of ['file:./x', 'pglite:./x', 'postgres://s3cret@db']) {
      await openBackend(url).catch((error) => console.log(error.code, error.message))
    }`
  expect(await runScript(script, { cwd: folder })).toEqual({
    exitCode: 0,
    stdout: [
      'BACKEND_NOT_INSTALLED the package @holdfast/backend-file is not installed; run: npm install @holdfast/backend-file',
      ...Array.from(
        { length: 2 },
        () =>
          'BACKEND_NOT_INSTALLED the package @holdfast/backend-postgres is not installed; run: npm install @holdfast/backend-postgres',
      ),
      '',
    ].join('\n'),
    stderr: '',
  })
})
