// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../src/check-config.js'
import { type Config, type ConfigInput, ConfigSchema } from '../src/index.js'

const check = (input: unknown): Config => checkConfig(input, 'config.yaml')
const postgresOf = (postgres: unknown) => check({ memory: { postgres } }).memory.postgres

describe('ConfigSchema', () => {
  it.each([
    [{}],
    [{ memory: null, paths: null }],
    [{ memory: { backend: null, postgres: null }, paths: {} }],
  ])('fills in every default for %j', (input) => {
    expect(check(input)).toEqual({ memory: { backend: 'file', postgres: {} }, paths: { dataDir: './data' } })
  })

  it('reads every key', () => {
    const config = check({
      memory: {
        backend: 'postgres',
        dimensions: '512',
        postgres: {
          host: 'localhost',
          port: '5432',
          database: 'enterprise_bot',
          user: 'postgres',
          password: 'pw',
          url: 'postgres://x',
          schema: 'memory',
          row_level_security: 'auto',
        },
      },
      paths: { data_dir: '/srv' },
    })
    expect(config).toEqual({
      memory: {
        backend: 'postgres',
        dimensions: 512,
        postgres: {
          host: 'localhost',
          port: 5432,
          database: 'enterprise_bot',
          user: 'postgres',
          schema: 'memory',
          rowLevelSecurity: 'auto',
        },
      },
      paths: { dataDir: '/srv' },
    })
    expect(config.memory.postgres.password).toBe('pw')
    expect(config.memory.postgres.url).toBe('postgres://x')
  })

  it('takes its own result, hidden password and all', () => {
    const once = check({
      memory: { postgres: { password: 'pw', row_level_security: 'no' } },
      paths: { data_dir: 'd' },
    })
    const again = ConfigSchema.parse(once)
    expect(again).toEqual(once)
    expect(again.memory.postgres.password).toBe('pw')
    expect(again.memory.postgres.rowLevelSecurity).toBe(false)
  })

  it('takes both spellings of a key from a program', () => {
    const input: ConfigInput = { paths: { data_dir: 'a' }, memory: { postgres: { rowLevelSecurity: true } } }
    expect(check(input).paths.dataDir).toBe('a')
    expect(check(input).memory.postgres.rowLevelSecurity).toBe(true)
    expect(() => check({ paths: { data_dir: 'a', dataDir: 'b' } })).toThrow(
      'paths.data_dir is given under both',
    )
  })

  it('lets unknown keys through at the top level only', () => {
    expect(check({ llm: { api_key: 1 }, __proto__: 1, memory: {} })).not.toHaveProperty('llm')
  })

  it.each<[unknown, string]>([
    [{ memory: { backends: 'x' } }, 'memory.backends is not a key of memory; did you mean memory.backend?'],
    [
      { memory: JSON.parse('{"__proto__":{"backend":"s3cret"}}') },
      'memory.__proto__ is not a key of memory; did you mean memory.postgres?',
    ],
    [{ paths: { datadir: 'x' } }, 'paths.datadir is not a key of paths; did you mean paths.data_dir?'],
    [
      { memory: { postgres: { pasword: 's3cret' } } },
      'memory.postgres.pasword is not a key of memory.postgres; did you mean memory.postgres.password?',
    ],
    [{ memory: 's3cret' }, 'memory must be a mapping'],
    [{ memory: ['s3cret'] }, 'memory must be a mapping'],
    [{ memory: { postgres: 's3cret' } }, 'memory.postgres must be a mapping'],
    [{ paths: 's3cret' }, 'paths must be a mapping'],
    ['s3cret', 'it must be a mapping'],
    [['s3cret'], 'it must be a mapping'],
    [{ memory: { backend: '' } }, 'memory.backend must not be empty'],
    [{ memory: { backend: 5 } }, 'memory.backend must be text'],
    [{ memory: { dimensions: 0 } }, 'memory.dimensions must be an integer from 1 to 16000'],
    [{ memory: { dimensions: '1.5' } }, 'memory.dimensions must be an integer from 1 to 16000'],
    [{ memory: { postgres: { port: 's3cret' } } }, 'memory.postgres.port must be an integer from 1 to 65535'],
    [{ memory: { postgres: { port: 65_536 } } }, 'memory.postgres.port must be an integer from 1 to 65535'],
    [{ memory: { postgres: { port: 1.5 } } }, 'memory.postgres.port must be an integer from 1 to 65535'],
    [{ memory: { postgres: { password: { s3cret: 1 } } } }, 'memory.postgres.password must be text'],
    [
      { memory: { postgres: { row_level_security: 's3cret' } } },
      'memory.postgres.row_level_security must be true, false or auto',
    ],
    [{ paths: { data_dir: '' } }, 'paths.data_dir must not be empty'],
  ])('refuses %j and repeats no value', (input, message) => {
    expect(() => check(input)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: `config.yaml: ${message}` }),
    )
    try {
      check(input)
    } catch (error) {
      expect(inspect(error, { depth: 10 })).not.toContain('s3cret')
    }
  })

  it('says everything that is wrong at once', () => {
    expect(() => check({ memory: { a: 1, b: 2 }, paths: 5 })).toThrow(/memory\.a.*memory\.b.*paths must/s)
  })

  it.each([
    ['yes', true],
    ['On', true],
    [true, true],
    ['NO', false],
    ['off', false],
    [false, false],
    ['auto', 'auto'],
  ])('reads %j as PyYAML would', (written, expected) => {
    expect(postgresOf({ row_level_security: written }).rowLevelSecurity).toBe(expected)
  })
})
