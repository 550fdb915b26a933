import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import type { Command } from './command.js'
import { type CommitMark, commitMark, markColumns } from './commit-mark.js'
import type { PooledClient, Statement } from './queryable-pool.js'

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
  /**
   * The same, with what is made of each row as it comes, while the server makes the next.
   * @throws what `read` throws, when the statement has ended.
   */
  read<T>(text: string, values: readonly unknown[], read: (row: Row) => T): Promise<readonly T[]>
  /**
   * The same for the last statement: the transaction ends with it, in the same round trip. A statement after it begins
   * another one for the same scope, and sees another moment.
   */
  readLast<T>(text: string, values: readonly unknown[], read: (row: Row) => T): Promise<readonly T[]>
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

/** Runs statements one after the other, up to the first that fails. */
export type SendAll = (commands: readonly Command[]) => Promise<readonly RowSet[]>

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

const commit: Command = { text: 'COMMIT', values: [] }

/**
 * A transaction: every setting it makes ends with it. What begins it, and what makes it act for its scope, goes to the
 * server together with its first statement, in one round trip; should that fail there, the statement does not run.
 */
export class TransactionSession implements Session {
  readonly #sendAll: SendAll
  readonly #options: SessionOptions
  readonly #beginning: readonly Command[]
  /** Before the next statement. */
  #toSend: readonly Command[]
  #mark: CommitMark | undefined
  #isOpen = false

  /**
   * @param begin the statement that begins it.
   * @param settings of its own, beside those that acting as `access` takes.
   */
  constructor(
    sendAll: SendAll,
    options: SessionOptions,
    begin: string,
    access: Access,
    settings: Settings,
  ) {
    this.#sendAll = sendAll
    this.#options = options
    const acting = selectOf([...this.#settingsFor(access), ...settings], options.marked ? markColumns : [])
    this.#beginning = [{ text: begin, values: [] }, ...acting]
    this.#toSend = this.#beginning
  }

  /** Set once the first statement has resolved, when the transaction writes. */
  get mark(): CommitMark | undefined {
    return this.#mark
  }

  /** Whether the server may have a transaction that has to be ended. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  async query(text: string, values: readonly unknown[] = []): Promise<RowSet> {
    const results = await this.#send([{ text, values }])
    const result = results.at(-1)
    if (result === undefined) throw new MemoryError('CONNECTION', 'the database gave no answer to a statement')
    return result
  }

  async read<T>(text: string, values: readonly unknown[], read: (row: Row) => T): Promise<readonly T[]> {
    const all: T[] = []
    await this.#send([{ text, values, onRow: (row) => all.push(read(row)) }])
    return all
  }

  async readLast<T>(
    text: string,
    values: readonly unknown[],
    read: (row: Row) => T,
  ): Promise<readonly T[]> {
    const all: T[] = []
    await this.#send([{ text, values, onRow: (row) => all.push(read(row)) }, commit])
    this.#toSend = this.#beginning
    this.#isOpen = false
    return all
  }

  sent(): Promise<void> {
    return this.#options.sent()
  }

  get copy(): CopyIn | undefined {
    const { copy, signal } = this.#options
    if (copy === undefined) return undefined
    return async (text, bytes) => {
      await this.#send([])
      signal.throwIfAborted()
      await copy(text, bytes)
    }
  }

  async become(access: Access): Promise<void> {
    await this.#send(selectOf(this.#settingsFor(access)))
  }

  async #send(commands: readonly Command[]): Promise<readonly RowSet[]> {
    this.#options.signal.throwIfAborted()
    const before = this.#toSend
    const all = [...before, ...commands]
    if (all.length === 0) return []
    this.#toSend = []
    this.#isOpen = true
    const results = await this.#sendAll(all)
    if (before.length > 0 && this.#options.marked) {
      this.#mark = commitMark(results[1]?.rows[0]?.slice(-markColumns.length) ?? [])
    }
    return results
  }

  #settingsFor(access: Access): Settings {
    const { roles, statementTimeoutMs } = this.#options
    const timeout = statementTimeoutMs === undefined ? undefined : String(statementTimeoutMs)
    return [
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

/** One statement that makes settings for the rest of the transaction and selects columns; none where there are none. */
function selectOf(settings: Settings, columns: readonly string[] = []): readonly Command[] {
  const calls = settings.map(
    (_, index) => `pg_catalog.set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`,
  )
  const all = [...calls, ...columns]
  return all.length === 0 ? [] : [{ text: `SELECT ${all.join(', ')}`, values: settings.flat() }]
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
