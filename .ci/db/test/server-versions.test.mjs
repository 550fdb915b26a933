import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../src/failure.mjs'
import { cachePlaces } from '../src/places.mjs'
import { DEFAULT_VERSION, serverVersion, serverVersions } from '../src/server-versions.mjs'

test('knows its versions, and refuses others with their names', () => {
  for (const known of serverVersions) assert.equal(serverVersion(known.version), known)
  assert.equal(serverVersion(DEFAULT_VERSION).version, '17')
  assert.throws(
    () => serverVersion('16'),
    (error) => error instanceof Failure && error.exitCode === 2 && /15, 17, 18/.test(error.message),
  )
})

test('keeps versions apart in the cache', () => {
  const env = { HOLDFAST_DB_CACHE: '/somewhere' }
  const folders = serverVersions.map(({ version }) => cachePlaces(version, env).folder)
  assert.equal(new Set(folders).size, serverVersions.length)
  assert.ok(folders.every((folder) => folder.startsWith('/somewhere/')))
})
