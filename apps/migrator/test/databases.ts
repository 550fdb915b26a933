import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'

export const serverUrl = process.env.DATABASE_URL

/** A database as the command line is told of it. */
export interface NamedDatabase {
  readonly asSource: readonly string[]
  readonly asTarget: readonly string[]
  readonly shown: string
}

export type DatabaseKind = 'embedded' | 'a real server'

/** What there is to test on: a server only when `DATABASE_URL` names one. */
export const databases: readonly DatabaseKind[] =
  serverUrl === undefined ? ['embedded'] : ['embedded', 'a real server']

/** An empty database for one test: a directory, or a schema of the server, which is removed when the test ends. */
export async function nameDatabase(kind: DatabaseKind, cwd: string): Promise<NamedDatabase> {
  if (kind === 'embedded') {
    return { asSource: ['--from', 'pglite:./pg'], asTarget: ['--to', 'pglite:./pg'], shown: 'pglite:./pg' }
  }
  const schema = `test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  onTestFinished(() => dropSchema(schema))
  const config = { memory: { backend: 'postgres', postgres: { url: serverUrl, schema } } }
  await writeFile(join(cwd, 'server.yaml'), JSON.stringify(config))
  const args = ['--config', 'server.yaml']
  return { asSource: args, asTarget: args, shown: 'server.yaml' }
}

export async function dropSchema(schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: String(serverUrl) })
  await client.connect()
  try {
    await client.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`)
    const { rows } = await client.query<{ rolname: string }>(
      'SELECT rolname FROM pg_roles WHERE rolname = ANY($1)',
      [[`${schema}_app`, `${schema}_admin`]],
    )
    for (const { rolname } of rows) {
      const role = pg.escapeIdentifier(rolname)
      await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  } finally {
    await client.end()
  }
}
