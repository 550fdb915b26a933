import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../src/failure.mjs'
import { parseSettings, sameSettings, settingArguments } from '../src/settings.mjs'

test('reads assignments; a value may hold an equals sign or be empty', () => {
  assert.deepEqual(parseSettings(['Work_Mem=8MB', 'a.b=c=d', 'e=']), { work_mem: '8MB', 'a.b': 'c=d', e: '' })
})

test('refuses what is no assignment and what would open the server', () => {
  for (const text of ['x', '=1', '-c=1', 'listen_addresses=*', 'PORT=1', 'hba_file=/x']) {
    assert.throws(
      () => parseSettings([text]),
      (error) => error instanceof Failure && error.exitCode === 2,
    )
  }
})

test('a setting replaces the default of the same name', () => {
  assert.deepEqual(settingArguments({ max_connections: '5' }), [
    ...['-c', 'max_connections=5', '-c', 'password_encryption=scram-sha-256'],
  ])
})

test('compares settings in any order', () => {
  assert.equal(sameSettings({ a: '1', b: '2' }, { b: '2', a: '1' }), true)
  assert.equal(sameSettings({ a: '1' }, { a: '2' }), false)
  assert.equal(sameSettings({ a: '1' }, {}), false)
})
