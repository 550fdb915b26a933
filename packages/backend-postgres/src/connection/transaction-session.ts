import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import type { Command, Value } from './command.js'
import { type CommitMark, commitMark, markColumns } from './commit-mark.js'
import { searchPath } from './search-path.js'
import type { CopyIn, Roles, Row, RowSet, SendAll, SendSeries, Session, Settings } from './session.js'

export interface SessionOptions {
  readonly roles: Roles | undefined
  readonly statementTimeoutMs: number | undefined
  readonly signal: AbortSignal
  /** The transaction writes, so that its commit must be recognizable. */
  readonly marked: boolean
  readonly copy: CopyIn | undefined
  readonly series: SendSeries | undefined
  readonly sent: () => Promise<void>
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
  /** What begins it, while that is under way, and for good when it has failed: no statement may go without it. */
  #begun: Promise<unknown> | undefined
  #mark: CommitMark | undefined
  #isOpen = false

  /**
   * @param begin the statement that begins it.
   * @param settings of its own, beside those that acting as `access` takes.
   */
  constructor(sendAll: SendAll, options: SessionOptions, begin: string, access: Access, settings: Settings) {
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

  async query(text: string, values: readonly Value[] = []): Promise<RowSet> {
    const [result] = await this.queryAll([{ text, values }])
    if (result === undefined)
      throw new MemoryError('CONNECTION', 'the database gave no answer to a statement')
    return result
  }

  async queryAll(commands: readonly Command[]): Promise<readonly RowSet[]> {
    const results = await this.#send(commands)
    return results.slice(-commands.length)
  }

  read<T>(text: string, values: readonly Value[], read: (row: Row) => T): Promise<readonly T[]> {
    return this.#read({ text, values }, read)
  }

  readLast<T>(text: string, values: readonly Value[], read: (row: Row) => T): Promise<readonly T[]> {
    // A commit that is lost among other statements could not be asked for, so that of a write is sent alone.
    return this.#read({ text, values }, read, !this.#options.marked)
  }

  async #read<T>(command: Command, read: (row: Row) => T, isLast = false): Promise<readonly T[]> {
    const all: T[] = []
    let failure: { readonly error: unknown } | undefined
    const onRow = (row: Row) => {
      if (failure !== undefined) return
      try {
        all.push(read(row))
      } catch (error) {
        failure = { error }
      }
    }
    await this.#send([{ ...command, onRow }, ...(isLast ? [commit] : [])])
    if (isLast) {
      this.#toSend = this.#beginning
      this.#isOpen = false
    }
    if (failure !== undefined) throw failure.error
    return all
  }

  sent(): Promise<void> {
    return this.#options.sent()
  }

  get copy(): CopyIn | undefined {
    const { copy } = this.#options
    return copy && ((copies) => this.#alone(() => copy(copies)))
  }

  get series(): SendSeries | undefined {
    const { series } = this.#options
    return series && ((text, makers) => this.#alone(() => series(text, makers)))
  }

  /** Runs what cannot be sent together with what begins the transaction. */
  async #alone(run: () => Promise<void>): Promise<void> {
    await this.#send([])
    this.#options.signal.throwIfAborted()
    await run()
  }

  async become(access: Access): Promise<void> {
    await this.#send(selectOf(this.#settingsFor(access)))
  }

  async #send(commands: readonly Command[]): Promise<readonly RowSet[]> {
    this.#options.signal.throwIfAborted()
    if (this.#begun !== undefined) {
      await this.#begun
      this.#options.signal.throwIfAborted()
    }
    const before = this.#toSend
    if (before.length === 0) return commands.length === 0 ? [] : this.#sendAll(commands)
    this.#toSend = []
    this.#isOpen = true
    const beginning = this.#begin([...before, ...commands])
    this.#begun = beginning
    const results = await beginning
    this.#begun = undefined
    return results
  }

  async #begin(commands: readonly Command[]): Promise<readonly RowSet[]> {
    const results = await this.#sendAll(commands)
    if (this.#options.marked) {
      this.#mark = commitMark(results[1]?.rows[0]?.slice(-markColumns.length) ?? [])
    }
    return results
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

/** One statement that makes settings for the rest of the transaction and selects columns; none where there are none. */
function selectOf(settings: Settings, columns: readonly string[] = []): readonly Command[] {
  const calls = settings.map(
    (_, index) => `pg_catalog.set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`,
  )
  const all = [...calls, ...columns]
  return all.length === 0 ? [] : [{ text: `SELECT ${all.join(', ')}`, values: settings.flat() }]
}
