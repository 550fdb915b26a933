import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { realUrl } from './support/test-database.js'

/** A database of its own on the server, until the test ends. */
async function databaseIn(encoding: string): Promise<string> {
  const name = `encoding_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  const server = new pg.Client({ connectionString: String(realUrl) })
  await server.connect()
  onTestFinished(async () => {
    await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await server.query(`DROP ROLE IF EXISTS ${name}_app; DROP ROLE IF EXISTS ${name}_admin`)
    await server.end()
  })
  await server.query(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C'`,
  )
  const url = new URL(String(realUrl))
  url.pathname = `/${name}`
  return url.href
}

// Embedded PostgreSQL is always in UTF8.
describe.runIf(realUrl !== undefined)('a database', () => {
  it.each(['LATIN1', 'SQL_ASCII'])('in %s is refused, and nothing is made in it', async (encoding) => {
    const connectionString = await databaseIn(encoding)
    const schema = new URL(connectionString).pathname.slice(1)
    await expect(PostgresBackend.open({ connectionString, schema })).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining(encoding),
    })
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      const { rows } = await client.query(
        `SELECT nspname FROM pg_namespace WHERE nspname = $1
         UNION ALL SELECT rolname FROM pg_roles WHERE rolname IN ($1 || '_app', $1 || '_admin')`,
        [schema],
      )
      expect(rows).toEqual([])
    } finally {
      await client.end()
    }
  })

  it('in UTF8 is taken, with any locale', async () => {
    const connectionString = await databaseIn('UTF8')
    const schema = new URL(connectionString).pathname.slice(1)
    await using backend = await PostgresBackend.open({ connectionString, schema, dimensions: 3 })
    await backend.insertNode({ id: 'é\u{1f600}', userId: 'kim', humanContent: 'q', assistantContent: 'a' })
    expect(await backend.getNode({ userId: 'kim' }, 'é\u{1f600}')).toMatchObject({ humanContent: 'q' })
  })
})
