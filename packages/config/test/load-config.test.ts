// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

const ours = ['HOLDFAST_MEMORY_BACKEND', 'HOLDFAST_POSTGRES_URL', 'HOLDFAST_DATA_DIR']

beforeEach(() => {
  for (const name of [...ours, 'HF_TEST_A', 'HF_TEST_B', 'POSTGRES_PASSWORD']) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

async function load(yaml: string, dotEnv?: string) {
  const folder = await temporaryFolder({
    'config.yaml': yaml,
    ...(dotEnv === undefined ? {} : { '.env': dotEnv }),
  })
  return { folder, config: await loadConfig(join(folder, 'config.yaml')) }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error,
  )
}

describe('loadConfig', () => {
  it('reads the file as it is documented', async () => {
    vi.stubEnv('POSTGRES_PASSWORD', 'pw')
    const { folder, config } = await load(`memory:
  backend: file
  postgres: { host: localhost, port: 5432, database: enterprise_bot, user: postgres, password: \${POSTGRES_PASSWORD} }
paths: { data_dir: ./data }
`)
    expect(config).toEqual({
      file: join(folder, 'config.yaml'),
      memory: {
        backend: 'file',
        postgres: { host: 'localhost', port: 5432, database: 'enterprise_bot', user: 'postgres' },
      },
      paths: { dataDir: join(folder, 'data') },
    })
    expect(config.memory.postgres.password).toBe('pw')
    expect(inspect(config, { depth: 10 })).not.toContain('pw')
    expect(JSON.stringify(config)).not.toContain('pw')
  })

  it('leaves the sections of other programs alone', async () => {
    const { config } = await load(
      'llm: { api_key: ${HF_TEST_A}, model: [a, b] }\nretrieval: { memory: { x: 1 } }\n',
    )
    expect(config.memory.backend).toBe('file')
    expect(Object.keys(config)).toEqual(['file', 'memory', 'paths'])
  })

  it.each(['', '# nothing\n', 'memory:\npaths:\n', 'null'])('takes the defaults for %j', async (yaml) => {
    const { folder, config } = await load(yaml)
    expect(config.memory).toEqual({ backend: 'file', postgres: {} })
    expect(config.paths.dataDir).toBe(join(folder, 'data'))
  })

  it('replaces variables, and does not look into what it put in', async () => {
    vi.stubEnv('HF_TEST_A', '${HF_TEST_B}')
    const { config } = await load(
      'memory: { postgres: { user: ${HF_TEST_A}, password: $${x}-${HF_TEST_B:-d}, port: "${HF_TEST_B:-6000}" } }',
    )
    expect(config.memory.postgres.user).toBe('${HF_TEST_B}')
    expect(config.memory.postgres.password).toBe('${x}-d')
    expect(config.memory.postgres.port).toBe(6000)
  })

  it('names variable, key and file when a variable is not set', async () => {
    const folder = await temporaryFolder({
      'config.yaml': 'memory: { postgres: { password: ${HF_TEST_A} } }',
    })
    const file = join(folder, 'config.yaml')
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}: memory.postgres.password needs the environment variable HF_TEST_A, which is not set`,
    })
  })

  it.each(['toString', '__proto__', 'constructor'])('does not take %s for a variable', async (name) => {
    await expect(load(`paths: { data_dir: \${${name}} }`, 'A=1')).rejects.toThrow(
      `variable ${name}, which is not set`,
    )
  })

  it('names the file and the nearest key for an unknown one', async () => {
    await expect(load('memory: { backnd: file }')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /config\.yaml: memory\.backnd .* did you mean memory\.backend\?$/,
      ) as string,
    })
  })

  it('never shows a secret that a variable put in the wrong place', async () => {
    vi.stubEnv('HF_TEST_A', 's3cret')
    const error = await rejection(
      load('memory: { dimensions: ${HF_TEST_A}, postgres: { port: ${HF_TEST_A} } }'),
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(inspect(error, { depth: 10 })).not.toContain('s3cret')
  })

  it('passes on where the YAML is wrong', async () => {
    await expect(load('memory:\n  backend: "file\n')).rejects.toThrow(/config\.yaml:3:1: missing char$/)
  })

  it.each([
    '[1]',
    'text',
    'memory: text',
    'memory: [1]',
    'paths: 5',
    'memory: { postgres: { a: { b: { c: { d: 1 } } } } }',
  ])('refuses the document %j', async (yaml) => {
    await expect(load(yaml)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('where it reads from', () => {
  it('takes config.yaml of the working directory', async () => {
    const folder = await temporaryFolder({
      'config.yaml': 'memory: { backend: postgres }',
      '.env': 'HF_TEST_A=1',
    })
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    expect(await loadConfig()).toMatchObject({
      file: join(folder, 'config.yaml'),
      memory: { backend: 'postgres' },
    })
  })

  it('takes defaults, environment and .env when there is no config.yaml', async () => {
    const folder = await temporaryFolder({ '.env': 'HOLDFAST_DATA_DIR=elsewhere' })
    vi.spyOn(process, 'cwd').mockReturnValue(folder)
    vi.stubEnv('HOLDFAST_MEMORY_BACKEND', 'postgres')
    expect(await loadConfig()).toEqual({
      memory: { backend: 'postgres', postgres: {} },
      paths: { dataDir: join(folder, 'elsewhere') },
    })
  })

  it('refuses a named file that is not there', async () => {
    const file = join(await temporaryFolder(), 'other.yaml')
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}: there is no such file`,
      cause: expect.objectContaining({ code: 'ENOENT' }) as Error,
    })
  })

  it('refuses a file or .env that cannot be read', async () => {
    const folder = await temporaryFolder({ 'config.yaml': '' })
    await expect(loadConfig(folder)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${folder}: it cannot be read`,
      cause: expect.objectContaining({ code: 'EISDIR' }) as Error,
    })
    await mkdir(join(folder, '.env'))
    await expect(loadConfig(join(folder, 'config.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${join(folder, '.env')} cannot be read`,
    })
  })
})

describe('.env', () => {
  it('gives variables, and writes none into the environment', async () => {
    const { config } = await load(
      'memory: { postgres: { user: ${HF_TEST_A} } }',
      '\ufeffHF_TEST_A="from file"\n',
    )
    expect(config.memory.postgres.user).toBe('from file')
    expect(process.env.HF_TEST_A).toBeUndefined()
  })

  it('never overrides the real environment, not even an empty variable', async () => {
    vi.stubEnv('HF_TEST_A', 'real')
    vi.stubEnv('HF_TEST_B', '')
    const { config } = await load(
      'memory: { postgres: { user: "${HF_TEST_A}", password: "<${HF_TEST_B}>" } }',
      'HF_TEST_A=file\nHF_TEST_B=file\n',
    )
    expect(config.memory.postgres.user).toBe('real')
    expect(config.memory.postgres.password).toBe('<>')
    expect(process.env.HF_TEST_A).toBe('real')
  })
})

describe('the environment over the file', () => {
  const yaml = `memory:
  backend: file
  postgres: { host: other, password: \${HF_TEST_A}, schema: kept }
paths: { data_dir: "\${HF_TEST_B}" }
`

  it('wins, and what it replaces needs no variables', async () => {
    vi.stubEnv('HOLDFAST_MEMORY_BACKEND', 'postgres')
    vi.stubEnv('HOLDFAST_POSTGRES_URL', 'postgres://me:pw${x}@db/memories')
    vi.stubEnv('HOLDFAST_DATA_DIR', 'here')
    const { folder, config } = await load(yaml)
    expect(config.memory.backend).toBe('postgres')
    expect(config.memory.postgres).toEqual({ schema: 'kept' })
    expect(config.memory.postgres.url).toBe('postgres://me:pw${x}@db/memories')
    expect(config.memory.postgres.password).toBeUndefined()
    expect(config.paths.dataDir).toBe(join(folder, 'here'))
  })

  it('makes sections that the file does not have', async () => {
    vi.stubEnv('HOLDFAST_POSTGRES_URL', 'pglite:./pg')
    const { folder, config } = await load('memory:\n')
    expect(config.memory.postgres.url).toBe(`pglite:${join(folder, 'pg')}`)
  })

  it('does not hide a mistake in the file', async () => {
    vi.stubEnv('HOLDFAST_POSTGRES_URL', 'postgres://db')
    vi.stubEnv('HOLDFAST_MEMORY_BACKEND', 'file')
    vi.stubEnv('HOLDFAST_DATA_DIR', 'd')
    await expect(load('memory: { postgres: { hots: x } }')).rejects.toThrow(/memory\.postgres\.hots/)
    await expect(load('memory: { postgres: text }')).rejects.toThrow(/memory\.postgres must be a mapping/)
    await expect(load('memory: text\npaths: [x]')).rejects.toThrow(/memory must be a mapping.*paths must be/s)
  })

  it('counts an empty variable as not set', async () => {
    for (const name of ours) vi.stubEnv(name, '')
    vi.stubEnv('HF_TEST_A', 'a')
    vi.stubEnv('HF_TEST_B', 'b')
    const { config } = await load(yaml)
    expect(config.memory).toEqual({ backend: 'file', postgres: { host: 'other', schema: 'kept' } })
    expect(basename(config.paths.dataDir)).toBe('b')
  })

  it('may come from .env', async () => {
    const { folder, config } = await load('paths: { data_dir: x }', 'HOLDFAST_DATA_DIR=../y\n')
    expect(config.paths.dataDir).toBe(join(folder, '..', 'y'))
  })
})
