import type { Logger, MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import { commitOutcome } from './commit-outcome.js'
import { isSocketFailure, retryRuleOf } from './failure.js'
import { watchIdleErrors } from './idle-errors.js'
import { LeasedClient } from './leased-client.js'
import { OutcomeUnknownError } from './outcome-unknown-error.js'
import type { QueryablePool } from './queryable-pool.js'
import { pause, RetrySchedule } from './retry-schedule.js'
import { type RunningCall, RunningCalls } from './running-calls.js'
import type { Roles, Send, Session, Settings } from './session.js'
import { toMemoryError } from './sql-error.js'
import { type InDoubt, runTransaction, type TransactionEnd, type TransactionRequest } from './transaction.js'

export interface DatabaseOptions {
  readonly pool: QueryablePool
  readonly logger: Logger
  /** Milliseconds a statement may take; `undefined` leaves what the pool or server has. */
  readonly statementTimeoutMs: number | undefined
  /** Milliseconds after which a transaction that failed for a passing reason is not begun again. */
  readonly retryTimeoutMs: number
  /** The pool belongs to the caller and goes on: whoever holds its connections need not ever give one back. */
  readonly outlivedByPool?: boolean
}

/** For one transaction: whose it is, and what can end it early. */
export interface TransactionOptions {
  readonly access: Access
  readonly signal?: AbortSignal | undefined
}

export interface ReadOptions extends TransactionOptions {
  /** Made as the transaction begins, for all of it. */
  readonly settings?: Settings | undefined
}

type OutsideWork<T> = (send: Send, announcedPid: number | undefined) => Promise<T>

/** What a server may need beyond the time of a statement to say that it took too long. */
const answerMarginMs = 10_000

/**
 * Transactions on a pool. A transaction takes exactly one client, so that a pool of one connection (embedded
 * PostgreSQL) cannot wait for itself.
 *
 * A transaction that fails for a passing reason is begun again as a whole, so `work` may run several times and must
 * start anew each time. It is committed at most once: when the connection is lost during the commit, the server is
 * asked for the outcome first. When a call rejects, nothing was written, except for {@link OutcomeUnknownError}, and
 * for a signal that is aborted while the outcome is being asked for.
 */
export class Database {
  readonly #options: DatabaseOptions
  readonly #calls = new RunningCalls()
  /** Clients that were asked for and have not come yet, also for calls that are over. */
  readonly #connecting = new Set<Promise<unknown>>()
  readonly #stopWatching: () => void
  /** A server that was never reached is reported at once: its address is more likely wrong than its restart near. */
  #reached = false

  constructor(options: DatabaseOptions) {
    this.#options = options
    this.#stopWatching = watchIdleErrors(options.pool, options.logger)
  }

  /** Reads of one moment: every statement of `work` sees the same snapshot. */
  read<T>(options: ReadOptions, roles: Roles | undefined, work: (session: Session) => Promise<T>) {
    return this.#transaction('read', options, roles, work)
  }

  /** All of `work` or nothing. */
  write<T>(options: TransactionOptions, roles: Roles | undefined, work: (session: Session) => Promise<T>) {
    return this.#transaction('write', options, roles, work)
  }

  /** Runs one statement outside a transaction, once, for what refuses to be inside one. It may take any time. */
  bare(text: string): Promise<void> {
    return this.outside(async (send) => {
      await send(text)
    })
  }

  /**
   * Runs statements on one connection, each committed by itself, once. They may take any time.
   * @param work gets the server's process too, as it was told when the connection was made.
   */
  async outside<T>(work: OutsideWork<T>, signal?: AbortSignal): Promise<T> {
    const call = this.#calls.begin(signal)
    try {
      return await this.#outside(work, call.signal, undefined)
    } catch (error) {
      if (call.signal.aborted && error === call.signal.reason) throw error
      throw toMemoryError(error)
    } finally {
      call.end()
    }
  }

  /** Ends every call in flight: it rejects with the reason, and its statement ends on the server too. */
  endCalls(reason: MemoryError): void {
    this.#calls.endAll(reason)
  }

  /**
   * Waits for what aborted calls left behind and lets go of the pool, which stays open. A client that comes later from
   * a caller's pool is given back at once.
   */
  async detach(): Promise<void> {
    await this.#calls.settled()
    const late = Promise.allSettled(this.#connecting).then(() => this.#stopWatching())
    if (this.#connecting.size === 0 || this.#options.outlivedByPool !== true) await late
  }

  async #transaction<T>(
    kind: TransactionRequest<T>['kind'],
    { access, signal, settings = [] }: ReadOptions,
    roles: Roles | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const { statementTimeoutMs, retryTimeoutMs } = this.#options
    const call = this.#calls.begin(signal)
    const schedule = new RetrySchedule(retryTimeoutMs)
    try {
      for (;;) {
        const request = { kind, access, roles, statementTimeoutMs, settings, work }
        const end = await this.#try(request, call).catch((error: unknown) => ({
          state: 'failed' as const,
          error,
        }))
        if (end.state === 'committed') return end.value
        if (end.state === 'in doubt' && (await this.#isCommitted(end, call))) return end.value
        call.signal.throwIfAborted()
        await this.#beforeNextTry(end.error, schedule, call.signal)
      }
    } finally {
      call.end()
    }
  }

  /** One try. Rejects as soon as the signal is aborted; what the try still has to do goes on behind it. */
  async #try<T>(request: TransactionRequest<T>, call: RunningCall): Promise<TransactionEnd<T>> {
    const { signal } = call
    const client = await this.#connect(signal, this.#patienceMs())
    const progress = { committing: false }
    const running = this.#calls.track(
      runTransaction(
        client,
        request,
        signal,
        () => {
          progress.committing = true
        },
        (reader) => this.#endRead(reader),
      ),
    )
    return unlessAborted(running, signal, () => {
      if (progress.committing) {
        if (call.endedBy !== undefined) client.cut()
        return false
      }
      if (client.canBeAbandoned) this.#calls.track(client.abandon())
      return true
    })
  }

  /** Ends a transaction that read, behind the call's back: {@link endCalls} and {@link detach} know of it. */
  #endRead(client: LeasedClient): void {
    const call = this.#calls.begin(undefined)
    call.signal.addEventListener('abort', () => client.cut(), { once: true })
    this.#calls.track(client.commitRead().finally(() => call.end()))
  }

  async #isCommitted<T>({ mark, error }: InDoubt<T>, { signal, endedBy }: RunningCall): Promise<boolean> {
    if (endedBy !== undefined) throw new OutcomeUnknownError(endedBy.message, { cause: endedBy })
    const { logger, retryTimeoutMs } = this.#options
    const ask = <R>(question: (send: Send) => Promise<R>) =>
      this.#outside(question, signal, this.#patienceMs())
    const outcome = await commitOutcome(ask, mark, retryTimeoutMs, signal)
    logger.warn(`the connection was lost during a commit; the server was asked for the outcome: ${outcome}`)
    if (outcome === 'unknown') {
      const cause = toMemoryError(error)
      throw new OutcomeUnknownError(cause instanceof Error ? cause.message : String(cause), { cause })
    }
    return outcome === 'committed'
  }

  /** Waits before a transaction is begun again. @throws what it failed with, when it shall not be. */
  async #beforeNextTry(error: unknown, schedule: RetrySchedule, signal: AbortSignal): Promise<void> {
    const rule = !this.#reached && isSocketFailure(error) ? undefined : retryRuleOf(error)
    const milliseconds = schedule.next(rule)
    if (milliseconds === undefined) throw toMemoryError(error)
    const reason = toMemoryError(error)
    const text = reason instanceof Error ? reason.message : String(reason)
    this.#options.logger.warn(`a transaction is tried again in ${Math.ceil(milliseconds)} ms: ${text}`)
    await pause(milliseconds, signal)
  }

  /** Runs statements on a client of their own, each committed by itself. */
  async #outside<T>(work: OutsideWork<T>, signal: AbortSignal, patienceMs: number | undefined): Promise<T> {
    const client = await this.#connect(signal, patienceMs)
    const running = this.#calls.track(
      work(client.send.bind(client), client.announcedPid).finally(() => client.release()),
    )
    return unlessAborted(running, signal, () => {
      if (client.canBeAbandoned) this.#calls.track(client.abandon())
      return true
    })
  }

  async #connect(signal: AbortSignal, patienceMs: number | undefined): Promise<LeasedClient> {
    signal.throwIfAborted()
    const { pool, logger } = this.#options
    // `pg` reads the certificates that a URL names right here, and throws when it cannot.
    const connecting = pool.connect().then((client) => {
      this.#reached = true
      return new LeasedClient(client, logger, patienceMs)
    })
    this.#connecting.add(connecting)
    const come = () => this.#connecting.delete(connecting)
    connecting.then(come, come)
    return unlessAborted(connecting, signal, () => {
      connecting.then((client) => client.release()).catch(() => {})
      return true
    })
  }

  #patienceMs(): number | undefined {
    const { statementTimeoutMs } = this.#options
    return statementTimeoutMs ? statementTimeoutMs + answerMarginMs : undefined
  }
}

/** @param onAbort returns whether to reject right away; otherwise the work's own end counts. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort: () => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      if (onAbort()) reject(signal.reason)
    }
    const settled = () => signal.removeEventListener('abort', aborted)
    signal.addEventListener('abort', aborted, { once: true })
    // What has been handed on must not be taken back, so the listener goes first.
    work.then(
      (value) => {
        settled()
        resolve(value)
      },
      (error) => {
        settled()
        reject(error)
      },
    )
    if (signal.aborted) aborted()
  })
}
