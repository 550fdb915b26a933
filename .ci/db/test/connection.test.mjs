import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { connectionUrl, freePort, newPassword, splitPassword } from '../src/connection.mjs'
import { Failure } from '../src/failure.mjs'

test('shows a connection string without its password, wherever that stands', () => {
  const cases = /** @type {const} */ ([
    ['postgresql://me:a%40b@db.example:5433/x', 'postgresql://me@db.example:5433/x', 'a@b'],
    ['postgres://me@db.example/x?password=p&a=1', 'postgres://me@db.example/x?a=1', 'p'],
    ['postgres://db.example/x?sslpassword=p', 'postgres://db.example/x', undefined],
    ['postgresql:///x?host=/run/postgresql', 'postgresql:///x?host=%2Frun%2Fpostgresql', undefined],
  ])
  for (const [url, shown, password] of cases) {
    const split = splitPassword(url)
    assert.equal(decodeURIComponent(split.shown), decodeURIComponent(shown))
    assert.equal(split.password, password)
  }
})

test('refuses what is no URL of PostgreSQL and does not repeat it', () => {
  for (const text of ['host=x password=secret', 'postgresql:me:secret@x/y', 'mysql://me:secret@x/y', '']) {
    assert.throws(
      () => splitPassword(text),
      (error) => error instanceof Failure && error.exitCode === 2 && !error.message.includes('secret'),
    )
  }
})

test('builds a URL that splits back, with a new password each time', () => {
  const password = newPassword()
  assert.match(password, /^[\w-]{32}$/)
  assert.notEqual(password, newPassword())
  assert.deepEqual(splitPassword(connectionUrl({ port: 4711, password })), {
    shown: 'postgresql://postgres@127.0.0.1:4711/holdfast_test',
    password,
  })
})

test('finds a port that nobody listens on', async () => {
  const port = await freePort()
  const code = await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      socket.destroy()
      resolve('connected')
    })
    socket.on('error', (error) => resolve('code' in error ? error.code : error.message))
  })
  assert.equal(code, 'ECONNREFUSED')
})
