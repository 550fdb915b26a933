import type { Logger } from '@holdfast/core'
import { bytesSent } from './bytes-sent.js'
import { announcedPid, cancelStatement, isServerClient } from './cancel-statement.js'
import type { Command, Value } from './command.js'
import { CopyStatement } from './copy-statement.js'
import { losesConnection } from './failure.js'
import { type OwnStatement, takesOwnStatements, type WireClient } from './own-statement.js'
import type { PooledClient } from './queryable-pool.js'
import { type CopyIn, type RowSet, type SendSeries, send } from './session.js'
import { StatementGroup } from './statement-group.js'
import { StatementSeries } from './statement-series.js'
import type { StreamOptions } from './streamed-statement.js'

/**
 * A client from the pool, for one transaction. It is given back exactly once, and closed instead of being used again
 * when it cannot be known to be idle and outside a transaction.
 */
export class LeasedClient {
  readonly #client: PooledClient
  readonly #patienceMs: number | undefined
  readonly #onError: (error: Error) => void
  #lost = false
  #given = false
  /** The last statement; resolves however it ends. */
  #running: Promise<unknown> = Promise.resolve()

  /** @param patienceMs milliseconds after which a server that does not answer is given up; `undefined`: never. */
  constructor(client: PooledClient, logger: Logger, patienceMs: number | undefined) {
    this.#client = client
    this.#patienceMs = patienceMs
    // A pool does not listen to the clients it has handed out, and an error without a listener ends the process.
    this.#onError = (error) => {
      this.#lost = true
      logger.warn(`a database connection failed: ${error.message}`)
    }
    client.on('error', this.#onError)
  }

  /** The connection is broken, or in a state that nobody knows. */
  get lost(): boolean {
    return this.#lost
  }

  /** A server goes on with a statement when its client leaves; embedded PostgreSQL has to be waited for. */
  get canBeAbandoned(): boolean {
    return isServerClient(this.#client)
  }

  /** The server's process, as it was told when the connection was made. */
  get announcedPid(): number | undefined {
    return announcedPid(this.#client)
  }

  send(text: string, values?: readonly Value[]): Promise<RowSet> {
    return this.#run(send(this.#client, text, values, this.#patienceMs))
  }

  /**
   * Runs statements one after the other, in one round trip where the driver can. None runs once one has failed.
   * @returns what came of each.
   */
  async sendAll(commands: readonly Command[]): Promise<readonly RowSet[]> {
    const client = this.#client
    const isPlain = commands.length === 1 && commands[0]?.onRow === undefined
    if (!isPlain && takesOwnStatements(client)) {
      return this.#runOwn(client, new StatementGroup(commands, this.#patienceMs))
    }
    const results: RowSet[] = []
    for (const { text, values, onRow } of commands) {
      const result = await this.send(text, values)
      if (onRow !== undefined) result.rows.forEach(onRow)
      results.push(onRow === undefined ? result : { ...result, rows: [] })
    }
    return results
  }

  /**
   * Resolves when the statement that is under way has left this process, or has ended: a server that takes no more
   * bytes is given up by the statement's own clock.
   */
  async sent(): Promise<void> {
    await Promise.race([bytesSent(this.#client), this.#running])
  }

  /** Runs `COPY … FROM STDIN`; `undefined` where the driver cannot. */
  get copy(): CopyIn | undefined {
    const client = this.#client
    if (!takesOwnStatements(client)) return undefined
    return (copies) => this.#runOwn(client, new CopyStatement(copies, this.#streaming(client)))
  }

  /** Runs statements, each made while the server works on those before; `undefined` where the driver cannot. */
  get series(): SendSeries | undefined {
    const client = this.#client
    if (!takesOwnStatements(client)) return undefined
    return (text, makers) => this.#runOwn(client, new StatementSeries(text, makers, this.#streaming(client)))
  }

  #streaming(client: WireClient): StreamOptions {
    return { sent: () => bytesSent(client), patienceMs: this.#patienceMs }
  }

  #runOwn<T>(client: WireClient, statement: OwnStatement<T>): Promise<T> {
    return this.#run(statement.run(client))
  }

  async #run<T>(statement: Promise<T>): Promise<T> {
    this.#running = statement.catch(() => {})
    try {
      return await statement
    } catch (error) {
      if (this.canBeAbandoned && losesConnection(error)) this.#lost = true
      throw error
    }
  }

  /** Ends a transaction that has only read, and gives the client back. It never rejects: nothing can be lost. */
  async commitRead(): Promise<void> {
    try {
      await this.send('COMMIT')
    } catch {
      return this.rollBack()
    }
    this.release()
  }

  /** Ends the transaction, as far as there is one, and gives the client back. */
  async rollBack(): Promise<void> {
    if (this.#given) return
    try {
      if (!this.#lost) await this.send('ROLLBACK')
    } catch {
      this.#lost = true
    }
    this.release()
  }

  /** Gives the client back; its transaction has ended, or the connection is lost. */
  release(): void {
    if (this.#given) return
    this.#given = true
    // A connection on its way out keeps its listener: it may still report errors.
    if (!this.#lost) this.#client.removeListener('error', this.#onError)
    this.#client.release(this.#lost)
  }

  /** Closes the connection under whatever still runs on it. */
  cut(): void {
    this.#lost = true
    this.release()
  }

  /** Ends the statement that runs on the server, then closes the connection, with which its transaction ends. */
  async abandon(): Promise<void> {
    if (this.#given) return
    this.#given = true
    this.#lost = true
    await cancelStatement(this.#client)
    this.#client.release(true)
  }
}
