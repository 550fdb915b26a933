import { describe, expect, it } from 'vitest'
import { parseStoreUrl } from '../src/index.js'
import { absoluteUrl } from '../src/store-url.js'

describe('parseStoreUrl', () => {
  it.each([
    ['file:./data', { kind: 'file', dataDir: '/base/data' }],
    ['file:data', { kind: 'file', dataDir: '/base/data' }],
    ['file:../a b%20c?d#e', { kind: 'file', dataDir: '/a b%20c?d#e' }],
    ['file:/srv/data', { kind: 'file', dataDir: '/srv/data' }],
    ['file:///srv/a%20b', { kind: 'file', dataDir: '/srv/a b' }],
    ['FILE://localhost/srv', { kind: 'file', dataDir: '/srv' }],
    ['pglite:./data-pg', { kind: 'pglite', dataDir: '/base/data-pg' }],
    ['pglite:///srv/pg', { kind: 'pglite', dataDir: '/srv/pg' }],
    ['postgres://me:pw@db/x', { kind: 'postgres', connectionString: 'postgres://me:pw@db/x' }],
    ['PostgreSQL://db/x', { kind: 'postgres', connectionString: 'postgresql://db/x' }],
  ])('%s', (url, expected) => {
    expect(parseStoreUrl(url, '/base')).toEqual(expected)
  })

  it.each([
    ['', /not the URL of a store/],
    ['./s3cret', /write file:\.\/data/],
    ['s3cret', /not the URL of a store/],
    ['file:', /a file: URL names a directory/],
    ['file://', /takes an absolute path/],
    ['file:///', /takes an absolute path/],
    ['file://./s3cret', /takes an absolute path, file:\/\/\/srv\/data; a relative one is file:\.\/data/],
    ['file:///a?s3cret', /takes an absolute path/],
    ['file:///s3%2Fcret', /takes an absolute path/],
    ['pglite:', /a pglite: URL names a directory/],
    ['pglite://s3cret/x', /takes an absolute path, pglite:/],
    ['postgres:s3cret@db', /begins with postgres:\/\//],
    ['postgress://me:s3cret@db/x', /"postgress:"; did you mean postgres:\?/],
    ['fil:./s3cret', /"fil:"; did you mean file:\?/],
    ['mongodb://me:s3cret@db/x', /"mongodb:"; write file:/],
  ])('refuses %j without repeating it', (url, message) => {
    const act = () => parseStoreUrl(url, '/base')
    expect(act).toThrow(message)
    expect(act).toThrow(expect.objectContaining({ code: 'UNKNOWN_BACKEND' }))
    expect(act).not.toThrow(/s3cret/)
  })
})

it.each([
  ['pglite:./pg', 'pglite:/base/pg'],
  ['file:data', 'file:/base/data'],
  ['pglite:/srv/pg', 'pglite:/srv/pg'],
  ['pglite:///srv/pg', 'pglite:///srv/pg'],
  ['postgres://db/x', 'postgres://db/x'],
  ['what', 'what'],
])('absoluteUrl of %s is %s', (url, expected) => {
  expect(absoluteUrl(url, '/base')).toBe(expected)
})
