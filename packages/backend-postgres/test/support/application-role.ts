import type pg from 'pg'

/** Settings of a transaction; the scope's are `holdfast.owner_key` and `holdfast.user_id`. */
export type Settings = Readonly<Record<string, string>>

/** Runs SQL in a transaction of a role, which is rolled back at the end. */
export async function asRole<T>(
  pool: pg.Pool,
  role: string,
  settings: Settings,
  use: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL ROLE ${role}`)
    for (const [name, value] of Object.entries(settings)) {
      await client.query('SELECT set_config($1, $2, true)', [name, value])
    }
    return await use(client)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

/** Runs SQL as the store's application role, for which the tables of the schema need not be qualified. */
export function asApplication<T>(
  pool: pg.Pool,
  schema: string,
  settings: Settings,
  use: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return asRole(pool, `${schema}_app`, { search_path: `${schema}, public`, ...settings }, use)
}

/** What a statement ends in: how many rows it gave or changed, or the error's code and what the server says in it. */
export interface Outcome {
  readonly rows?: number
  readonly first?: unknown
  readonly code?: string
  /** Everything the server says, with detail and hint. */
  readonly said?: string
}

/** Runs one statement and undoes it. */
export async function attempt(client: pg.PoolClient, sql: string): Promise<Outcome> {
  await client.query('SAVEPOINT attempt')
  try {
    const { rowCount, rows } = await client.query<Record<string, unknown>>(sql)
    return { rows: rowCount ?? 0, first: Object.values(rows[0] ?? {})[0] }
  } catch (error) {
    const { code, message, detail, hint, where } = error as Record<string, string | undefined>
    return { ...(code === undefined ? {} : { code }), said: [message, detail, hint, where].join('\n') }
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT attempt')
  }
}
