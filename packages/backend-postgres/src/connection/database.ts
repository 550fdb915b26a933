import type { Logger } from '@holdfast/core'
import type { Access } from './access.js'
import { watchIdleErrors } from './idle-errors.js'
import type { PooledClient, QueryablePool } from './queryable-pool.js'
import { type Roles, type Session, send, sessionOn } from './session.js'
import { toMemoryError } from './sql-error.js'

export interface DatabaseOptions {
  readonly pool: QueryablePool
  readonly logger: Logger
  /** Milliseconds a statement may take; `undefined` leaves what the pool or server has. */
  readonly statementTimeoutMs: number | undefined
}

/** For one transaction: whose it is, and what can end it early. */
export interface TransactionOptions {
  readonly access: Access
  readonly signal?: AbortSignal | undefined
}

interface Progress {
  readonly signal: AbortSignal | undefined
  /** From here on the outcome is the server's: an abort no longer rejects the call. */
  committing: boolean
  /** The connection was closed under the transaction. */
  discarded: boolean
}

/**
 * Transactions on a pool. A transaction takes exactly one client, so that a pool of one connection (embedded
 * PostgreSQL) cannot wait for itself. When it rejects, it has been rolled back or its connection has been closed.
 */
export class Database {
  readonly #pool: QueryablePool
  readonly #logger: Logger
  readonly #statementTimeoutMs: number | undefined
  readonly #running = new Set<Promise<unknown>>()
  readonly #stopWatching: () => void

  constructor(options: DatabaseOptions) {
    this.#pool = options.pool
    this.#logger = options.logger
    this.#statementTimeoutMs = options.statementTimeoutMs
    this.#stopWatching = watchIdleErrors(options.pool, options.logger)
  }

  /** Reads of one moment: every statement of `work` sees the same snapshot. */
  read<T>(options: TransactionOptions, roles: Roles | undefined, work: (session: Session) => Promise<T>) {
    return this.#transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', options, roles, work)
  }

  /** All of `work` or nothing. */
  write<T>(options: TransactionOptions, roles: Roles | undefined, work: (session: Session) => Promise<T>) {
    return this.#transaction('BEGIN', options, roles, work)
  }

  /** Runs one statement outside a transaction, for what refuses to be inside one. */
  async bare(text: string): Promise<void> {
    const client = await this.#connect(undefined)
    try {
      await send(client, text)
      client.release()
    } catch (error) {
      client.release(true)
      throw toMemoryError(error)
    }
  }

  /** Waits for what aborted calls left behind and lets go of the pool, which stays open. */
  async detach(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    this.#stopWatching()
  }

  async #transaction<T>(
    begin: string,
    { access, signal }: TransactionOptions,
    roles: Roles | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const client = await this.#connect(signal)
    const progress: Progress = { signal, committing: false, discarded: false }
    const outcome = this.#perform(client, progress, async () => {
      await send(client, begin)
      const session = sessionOn(client, roles, this.#statementTimeoutMs, signal)
      await session.become(access)
      return work(session)
    })
    return signal === undefined ? outcome : this.#unlessAborted(outcome, client, progress, signal)
  }

  #perform<T>(client: PooledClient, progress: Progress, steps: () => Promise<T>): Promise<T> {
    const onError = (error: Error) => this.#logger.warn(`a database connection failed: ${error.message}`)
    client.on('error', onError)
    const run = async () => {
      let broken = false
      try {
        const result = await steps()
        progress.signal?.throwIfAborted()
        progress.committing = true
        await send(client, 'COMMIT')
        return result
      } catch (error) {
        if (!progress.discarded) broken = !(await rolledBack(client))
        if (progress.signal?.aborted && error === progress.signal.reason) throw error
        throw toMemoryError(error)
      } finally {
        // A connection on its way out keeps its listener: it may still report errors.
        if (!progress.discarded) {
          if (!broken) client.removeListener('error', onError)
          client.release(broken)
        }
      }
    }
    return this.#track(run())
  }

  /**
   * Rejects as soon as the signal fires. A real server's connection is closed, which ends the transaction; embedded
   * PostgreSQL has one session that would keep it open, so there the running statement ends first.
   */
  #unlessAborted<T>(
    outcome: Promise<T>,
    client: PooledClient,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        if (progress.committing) return
        if ('processID' in client && typeof client.processID === 'number') {
          progress.discarded = true
          client.release(true)
        }
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
      if (signal.aborted) onAbort()
    })
  }

  async #connect(signal: AbortSignal | undefined): Promise<PooledClient> {
    signal?.throwIfAborted()
    try {
      // `pg` reads the certificates that a URL names right here, and throws when it cannot.
      const connecting = this.#track(this.#pool.connect())
      if (signal === undefined) return await connecting
      return await new Promise((resolve, reject) => {
        const onAbort = () => {
          connecting.then((client) => client.release()).catch(() => {})
          reject(signal.reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        connecting
          .then((client) => {
            if (!signal.aborted) resolve(client)
          }, reject)
          .finally(() => signal.removeEventListener('abort', onAbort))
      })
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error
      throw toMemoryError(error)
    }
  }

  #track<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running)
    const forget = () => this.#running.delete(running)
    running.then(forget, forget)
    return running
  }
}

async function rolledBack(client: PooledClient): Promise<boolean> {
  try {
    await send(client, 'ROLLBACK')
    return true
  } catch {
    return false
  }
}
