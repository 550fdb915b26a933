import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import type { PooledClient, Statement } from './queryable-pool.js'

/** A row as PostgreSQL wrote it in text form; columns in the order of the SELECT list. */
export type Row = readonly (string | null)[]

export interface RowSet {
  readonly rows: readonly Row[]
  readonly rowCount: number
}

/** Who a transaction acts as when row level security is set up. */
export interface Roles {
  readonly app: string
  readonly admin: string
}

/** One statement after the other inside one transaction. */
export interface Session {
  /** @throws the reason of the signal when it was aborted meanwhile: no further statement starts. */
  query(text: string, values?: readonly unknown[]): Promise<RowSet>
  /** Changes whom the rest of the transaction runs for. */
  become(access: Access): Promise<void>
}

/**
 * Values come back as the server wrote them. A caller's pool may have parsers of its own for numbers and dates, which
 * would change what we read.
 */
const asText: Statement['types'] = Object.assign([], { getTypeParser: () => (value: string) => value })

/** Runs one statement on a client, without any transaction of its own. */
export async function send(
  client: PooledClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<RowSet> {
  const result = await client.query({ text, values: [...values], rowMode: 'array', types: asText })
  // Several statements in one text give a list of results, which nobody asks for.
  if (Array.isArray(result)) return { rows: [], rowCount: 0 }
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 }
}

/** A session on a client whose transaction has begun. */
export function sessionOn(
  client: PooledClient,
  roles: Roles | undefined,
  statementTimeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Session {
  const query: Session['query'] = (text, values) => {
    signal?.throwIfAborted()
    return send(client, text, values)
  }
  return {
    query,
    async become(access) {
      const settings: [string, string][] = []
      if (statementTimeoutMs !== undefined) settings.push(['statement_timeout', String(statementTimeoutMs)])
      if (roles !== undefined) {
        settings.push(
          ['role', access.kind === 'admin' ? roles.admin : roles.app],
          ['holdfast.owner_key', access.kind === 'owner' ? access.ownerKey : ''],
          ['holdfast.user_id', access.kind === 'user' ? access.userId : ''],
        )
      }
      if (settings.length === 0) return
      const calls = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`)
      await query(`SELECT ${calls.join(', ')}`, settings.flat())
    },
  }
}

/** A column that is never NULL. */
export function textOf(value: string | null | undefined): string {
  if (typeof value !== 'string') throw new MemoryError('CORRUPT', 'a column that must have a value is NULL')
  return value
}

/** A number column that is never NULL. */
export function numberOf(value: string | null | undefined): number {
  return Number(textOf(value))
}
