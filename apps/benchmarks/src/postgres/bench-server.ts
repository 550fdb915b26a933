import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A server to measure on, and what was made there, which goes at the end. */
export class BenchServer implements AsyncDisposable {
  readonly url: string
  /** As a user that no policy holds back, and with one connection, so that what is bare is nothing else. */
  readonly bare: pg.Pool
  /** PostgreSQL's version, pgvector's, and the settings that decide most. */
  readonly description: string
  readonly #schemas: string[] = []

  private constructor(url: string, bare: pg.Pool, description: string) {
    this.url = url
    this.bare = bare
    this.description = description
  }

  /** @throws {Error} saying what to do when there is no server, or not the rights to measure on it. */
  static async connect(url: string | undefined): Promise<BenchServer> {
    if (url === undefined || url === '') {
      throw new Error(
        'DATABASE_URL names no server. For one that is started and removed again: node .ci/db/run-with.mjs -- npx -y pnpm@12 bench postgres',
      )
    }
    const bare = new pg.Pool({ connectionString: url, max: 1 })
    try {
      return new BenchServer(url, bare, await describeServer(bare))
    } catch (error) {
      await bare.end()
      throw error
    }
  }

  /** A schema name that is free, and is removed at the end with the roles that a store makes beside it. */
  schema(purpose: string): string {
    const name = `bench_${purpose}_${randomBytes(4).toString('hex')}`
    this.#schemas.push(name)
    return name
  }

  /** Lets the next statements find tables as they are after a while: with statistics, and nothing left to be written. */
  async settle(): Promise<void> {
    await this.bare.query('VACUUM ANALYZE')
    await this.bare.query('CHECKPOINT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const schema of this.#schemas) await dropSchema(this.bare, schema)
    } finally {
      await this.bare.end()
    }
  }
}

async function describeServer(bare: pg.Pool): Promise<string> {
  const { rows } = await bare.query<{
    readonly version: string
    readonly unbound: boolean
    readonly vector: string | null
    readonly settings: string
  }>(
    `SELECT current_setting('server_version') AS version,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS unbound,
       (SELECT extversion FROM pg_extension WHERE extname = 'vector' AND to_regtype('vector') IS NOT NULL) AS vector,
       (SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM unnest(ARRAY[
         'fsync', 'max_wal_size', 'shared_buffers', 'synchronous_commit', 'work_mem']) AS name) AS settings`,
  )
  const [found] = rows
  if (found === undefined || found.vector === null) throw new Error('the server needs the extension vector')
  if (!found.unbound) {
    throw new Error(
      'DATABASE_URL must name a superuser: policies hold every other user back, and bare SQL has none',
    )
  }
  return `PostgreSQL ${found.version}, pgvector ${found.vector}, ${found.settings}`
}

async function dropSchema(bare: pg.Pool, schema: string): Promise<void> {
  await bare.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  for (const role of [`${schema}_app`, `${schema}_admin`]) {
    const { rowCount } = await bare.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
    if (rowCount === 1) await bare.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  }
}
