import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type ConfigInput, getBackend, loadConfig, openBackend } from '../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

const node = { humanContent: 'q', assistantContent: 'a', tenantId: 't', embedding: [1, 0, 0] }
const model = { provider: 'local', model: 'm', dimensions: 3 }

describe('a file store', () => {
  it('is opened by URL and by configuration, and is the same', async () => {
    const folder = await temporaryFolder({
      'config.yaml': 'memory: { dimensions: 3 }\npaths: { data_dir: memories }',
    })
    const config = await loadConfig(join(folder, 'config.yaml'))
    const first = await getBackend(config, { embeddingModel: model })
    expect(first.dimensions).toBe(3)
    await first.insertNode(node)
    await first.close()

    const second = await openBackend(`file:${folder}/memories`, { readOnly: true })
    expect(await second.countNodes({ tenantId: 't' })).toBe(1)
    expect(second.embeddingModel).toEqual(model)
    await expect(second.insertNode({ ...node, humanContent: 'r' })).rejects.toThrow()
    await second.close()

    const third = await openBackend({
      memory: { backend: 'file' },
      paths: { data_dir: join(folder, 'memories') },
    })
    expect(await third.countNodes({ tenantId: 't' })).toBe(1)
    await third.close()
  })

  it('passes the options on', async () => {
    const folder = await temporaryFolder()
    await expect(openBackend(`file:${folder}/none`, { create: false })).rejects.toMatchObject({
      code: 'CONNECTION',
    })
    const store = await openBackend(`file:${folder}/data`, { dimensions: 3 })
    await store.insertNode(node)
    await store.close()
    await expect(openBackend(`file:${folder}/data`, { dimensions: 4 })).rejects.toMatchObject({
      code: 'DIMENSION_MISMATCH',
    })
    const config: ConfigInput = { memory: { dimensions: 4 }, paths: { dataDir: `${folder}/data` } }
    await expect(openBackend(config)).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' })
    await (await openBackend(config, { dimensions: 3 })).close()
  })

  it('has no options of PostgreSQL', async () => {
    await expect(openBackend('file:./x', { schema: 's' })).rejects.toThrow(TypeError)
    await expect(openBackend('file:./x', { rowLevelSecurity: true })).rejects.toThrow(TypeError)
  })
})

describe('a PostgreSQL store', () => {
  it('is opened embedded, by URL and by configuration', async () => {
    const folder = await temporaryFolder({
      'config.yaml':
        'memory: { backend: postgres, dimensions: 3, postgres: { url: "pglite:./pg", schema: mine } }',
    })
    const store = await openBackend(await loadConfig(join(folder, 'config.yaml')))
    await store.insertNode(node)
    expect(store.dimensions).toBe(3)
    await store.close()
    const again = await openBackend(`pglite:${folder}/pg`, { schema: 'mine', readOnly: true })
    expect(await again.countNodes({ tenantId: 't' })).toBe(1)
    await again.close()
  })

  it.each<[string, ConfigInput | string]>([
    ['a URL', 'postgres://me:s3cret@127.0.0.1:1/x?application_name=s3cret'],
    [
      'a configuration',
      {
        memory: {
          backend: 'postgres',
          postgres: { host: '127.0.0.1', port: 1, user: 'me', password: 's3cret' },
        },
      },
    ],
    [
      'a configuration with a URL',
      { memory: { backend: 'postgres', postgres: { url: 'postgres://me:s3cret@127.0.0.1:1/x' } } },
    ],
  ])('that cannot be reached is CONNECTION and shows no password: %s', async (_, where) => {
    const error = await openBackend(where).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'CONNECTION' })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret')
  })

  it('is not a directory of files', async () => {
    const config = { memory: { backend: 'postgres', postgres: { url: 'file:./s3cret' } } }
    const error = await openBackend(config).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(inspect(error)).not.toContain('s3cret')
  })
})

describe('what cannot be opened', () => {
  it.each([
    ['postgre', /there is no backend "postgre"; did you mean postgres\?/],
    ['fil', /did you mean file\?/],
    ['Postgres', /no backend and no package; did you mean postgres\?/],
    ['./my-backend.js', /no backend and no package; the built-in ones are file and postgres/],
    ['/etc/passwd', /no backend and no package/],
    ['node:fs', /no backend and no package/],
    ['fs', /no backend and no package/],
    ['../../x', /no backend and no package/],
    ['a b', /no backend and no package/],
    ['zod', /the package zod does not export openBackend/],
  ])('%j is an unknown backend', async (backend, message) => {
    const act = openBackend({ memory: { backend } })
    await expect(act).rejects.toMatchObject({
      code: 'UNKNOWN_BACKEND',
      message: expect.stringMatching(message),
    })
  })

  it('a package that is not installed is named with the command', async () => {
    await expect(getBackend({ memory: { backend: '@acme/holdfast-backend' } })).rejects.toMatchObject({
      code: 'BACKEND_NOT_INSTALLED',
      message: 'the package @acme/holdfast-backend is not installed; run: npm install @acme/holdfast-backend',
    })
  })

  it('a package that fails to load is passed on as the cause', async () => {
    const folder = await temporaryFolder()
    const directory = join(folder, 'node_modules', 'broken-backend')
    await mkdir(directory, { recursive: true })
    await writeFile(
      join(directory, 'package.json'),
      '{"name":"broken-backend","type":"module","exports":"./index.js"}',
    )
    await writeFile(join(directory, 'index.js'), 'throw new Error("broken inside")')
    const cwd = process.cwd()
    process.chdir(folder)
    try {
      await expect(openBackend({ memory: { backend: 'broken-backend' } })).rejects.toMatchObject({
        code: 'UNKNOWN_BACKEND',
        message: expect.stringMatching(/^the package broken-backend cannot be loaded; /) as string,
        cause: expect.objectContaining({ message: 'broken inside' }) as Error,
      })
    } finally {
      process.chdir(cwd)
    }
  })

  it('refuses unknown options and a wrong configuration', async () => {
    await expect(openBackend('file:./x', JSON.parse('{"readonly": true}') as object)).rejects.toThrow(
      TypeError,
    )
    await expect(openBackend(JSON.parse('{"memory": {"backnd": 1}}') as object)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the configuration: memory.backnd is not a key of memory; did you mean memory.backend?',
    })
    await expect(openBackend('mongodb://x')).rejects.toMatchObject({ code: 'UNKNOWN_BACKEND' })
  })
})
