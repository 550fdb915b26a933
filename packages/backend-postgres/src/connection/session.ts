import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import { type CommitMark, commitMark, markColumns } from './commit-mark.js'
import type { PooledClient, Statement } from './queryable-pool.js'
import { searchPath } from './search-path.js'
import { textWithSettings } from './text-with-settings.js'

/** A row as PostgreSQL wrote it in text form; columns in the order of the SELECT list. */
export type Row = readonly (string | null)[]

export interface RowSet {
  readonly rows: readonly Row[]
  readonly rowCount: number
  /** What the server calls the statement that ended: `COMMIT`, or `ROLLBACK` when there was nothing to commit. */
  readonly command: string | undefined
}

/** Who a transaction acts as when row level security is set up. */
export interface Roles {
  readonly app: string
  readonly admin: string
}

/** Names of settings of PostgreSQL and their values. */
export type Settings = readonly (readonly [name: string, value: string])[]

/** One statement after the other inside one transaction. */
export interface Session {
  /** @throws the reason of the signal when it was aborted meanwhile: no further statement starts. */
  query(text: string, values?: readonly unknown[]): Promise<RowSet>
  /** Changes whom the rest of the transaction runs for. */
  become(access: Access): Promise<void>
  /** Sends the bytes of `COPY … FROM STDIN`; `undefined` where the connection cannot. Otherwise as {@link query}. */
  readonly copy: CopyIn | undefined
  /** Resolves when the statement that is under way has left this process, so that the server need not wait for it. */
  sent(): Promise<void>
}

export type CopyIn = (text: string, bytes: Buffer) => Promise<void>

/** Runs one statement; how it may fail is the sender's business. */
export type Send = (text: string, values?: readonly unknown[]) => Promise<RowSet>

export interface SessionOptions {
  readonly roles: Roles | undefined
  readonly statementTimeoutMs: number | undefined
  readonly signal: AbortSignal
  /** The transaction writes, so that its commit must be recognizable. */
  readonly marked: boolean
  readonly copy: CopyIn | undefined
  readonly sent: () => Promise<void>
}

/**
 * Values come back as the server wrote them. A caller's pool may have parsers of its own for numbers and dates, which
 * would change what we read.
 */
const asText: Statement['types'] = Object.assign([], { getTypeParser: () => (value: string) => value })

/** Runs one statement on a client, without any transaction of its own. It has no name, so poolers may share servers. */
export async function send(
  client: PooledClient,
  text: string,
  values: readonly unknown[] = [],
  patienceMs?: number,
): Promise<RowSet> {
  const result = await client.query({
    text,
    values: [...values],
    rowMode: 'array',
    types: asText,
    ...(patienceMs === undefined ? {} : { query_timeout: patienceMs }),
  })
  // Several statements in one text give a list of results, which nobody asks for.
  if (Array.isArray(result)) return { rows: [], rowCount: 0, command: undefined }
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0, command: result.command }
}

/** A transaction: every setting it makes ends with it. */
export class TransactionSession implements Session {
  readonly #send: Send
  readonly #options: SessionOptions
  #mark: CommitMark | undefined

  constructor(send: Send, options: SessionOptions) {
    this.#send = send
    this.#options = options
  }

  /** Set once {@link become} has resolved the first time, when the transaction writes. */
  get mark(): CommitMark | undefined {
    return this.#mark
  }

  query(text: string, values?: readonly unknown[]): Promise<RowSet> {
    this.#options.signal.throwIfAborted()
    return this.#send(text, values)
  }

  sent(): Promise<void> {
    return this.#options.sent()
  }

  get copy(): CopyIn | undefined {
    const { copy, signal } = this.#options
    if (copy === undefined) return undefined
    return async (text, bytes) => {
      signal.throwIfAborted()
      await copy(text, bytes)
    }
  }

  /** Begins the transaction with settings of its own beside those that {@link become} makes, in one round trip. */
  async beginAs(access: Access, begin: string, settings: Settings): Promise<void> {
    this.#options.signal.throwIfAborted()
    await this.#send(textWithSettings(begin, [...this.#settingsFor(access), ...settings]))
  }

  async become(access: Access): Promise<void> {
    const settings = this.#settingsFor(access)
    const unmarked = this.#options.marked && this.#mark === undefined
    const columns = [
      ...settings.map((_, index) => `pg_catalog.set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`),
      ...(unmarked ? markColumns : []),
    ]
    if (columns.length === 0) return
    const { rows } = await this.query(`SELECT ${columns.join(', ')}`, settings.flat())
    if (unmarked) this.#mark = commitMark(rows[0]?.slice(settings.length) ?? [])
  }

  #settingsFor(access: Access): Settings {
    const { roles, statementTimeoutMs } = this.#options
    const timeout = statementTimeoutMs === undefined ? undefined : String(statementTimeoutMs)
    return [
      searchPath,
      ...(timeout === undefined
        ? []
        : ([
            ['statement_timeout', timeout],
            // A program that stalls or is cut off must not hold the locks of its transaction for hours.
            ['idle_in_transaction_session_timeout', timeout],
          ] as const)),
      ...(roles === undefined
        ? []
        : ([
            ['role', access.kind === 'admin' ? roles.admin : roles.app],
            ['holdfast.owner_key', access.kind === 'owner' ? access.ownerKey : ''],
            ['holdfast.user_id', access.kind === 'user' ? access.userId : ''],
          ] as const)),
    ]
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
