import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../src/check-config.js'
import { redactConfig, redactUrl } from '../src/index.js'

describe('secrets in a configuration', () => {
  const config = checkConfig(
    {
      memory: {
        postgres: {
          host: 'db',
          user: 'me',
          password: 's3cret',
          url: 'postgres://me:s3cret@db/x?y=s3cret',
          replicaUrl: 'postgres://me:s3cret@replica/x',
        },
      },
    },
    'test',
  )

  it('are there for who asks for them', () => {
    expect(config.memory.postgres.password).toBe('s3cret')
  })

  it('are not seen by JSON, inspect and spread', () => {
    expect(JSON.stringify(config)).not.toContain('s3cret')
    expect(inspect(config, { depth: 10 })).not.toContain('s3cret')
    expect({ ...config.memory.postgres }).toEqual({ host: 'db', user: 'me' })
  })

  it('are masked by redactConfig, which shows the rest', () => {
    expect(redactConfig(config)).toEqual({
      memory: {
        backend: 'file',
        postgres: {
          host: 'db',
          user: 'me',
          password: '[redacted]',
          url: 'postgres://me:[redacted]@db/x?[redacted]',
          replicaUrl: 'postgres://me:[redacted]@replica/x',
        },
      },
      paths: { dataDir: './data' },
    })
    expect(inspect(redactConfig(config), { depth: 10, showHidden: true })).not.toContain('s3cret')
  })

  it('leaves out what is not there', () => {
    expect(redactConfig(checkConfig({}, 'test'))).toEqual(checkConfig({}, 'test'))
  })
})

describe('redactUrl', () => {
  it.each([
    ['file:./data', 'file:./data'],
    ['pglite:./data-pg', 'pglite:./data-pg'],
    ['postgres://db/x', 'postgres://db/x'],
    ['postgres://me@db:5432/x', 'postgres://me@db:5432/x'],
    ['postgres://me:s3cret@db:5432/x', 'postgres://me:[redacted]@db:5432/x'],
    ['postgresql://:s3cret@db', 'postgresql://:[redacted]@db'],
    ['postgres:///x?password=s3cret#s3cret', 'postgres:///x?[redacted]#[redacted]'],
    ['postgres://me:s3cret@s3cret@db/x', 'postgres:[redacted]'],
    ['postgres://me:s3/cret@db/x', 'postgres:[redacted]'],
    ['postgres:me:s3cret', 'postgres:[redacted]'],
    ['mysql://me:s3cret@db/x', 'mysql://me:[redacted]@db/x'],
    ['s3cret', '[redacted]'],
  ])('%s is shown as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })
})
