import { type ErrorCode, type Logger, MemoryError } from '@holdfast/core'
import { type Access, adminAccess } from '../connection/access.js'
import type { Database, ReadOptions, TransactionOptions } from '../connection/database.js'
import type { Roles, Session } from '../connection/session.js'
import { sqlStateOf } from '../connection/sql-error.js'
import { databaseIdentity, type LogPosition, replayedPosition, writtenPosition } from './log-position.js'
import { type WriteMark, WriteMarks } from './write-marks.js'

export interface ReadReplicaOptions {
  readonly primary: Database
  readonly replica: Database
  readonly logger: Logger
  /** Reads see what this process has written. */
  readonly readYourWrites: boolean
}

type Work<T> = (session: Session) => Promise<T>

/** What speaks against the replica, and not against the call. */
const ofReplica: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['CONNECTION', 'TIMEOUT', 'CONFLICT', 'SCHEMA_BEHIND', 'NO_SPACE', 'CORRUPT'] as const),
])

/** Milliseconds for which a replica that failed is left alone: the first time, and at most. */
const shortestRest = 1_000
const longestRest = 30_000

/** Milliseconds after which a server is asked again whether it still is a replica. */
const trustMs = 10_000

/**
 * Decides for every read between the primary and one replica.
 *
 * A read goes to the replica once that has applied all that this process has written to the read's scope, and to the
 * primary before. What other processes write shows up on the replica when it gets there. A read that fails on the
 * replica is done again on the primary, and the replica is left alone for a while.
 *
 * The replica is one server: that it has a write is asked once, and holds for every later read. That it is a replica of
 * this primary, and has not been promoted, is asked before the first read and every 10 seconds.
 */
export class ReadReplica {
  readonly #options: ReadReplicaOptions
  readonly #marks = new WriteMarks()
  /** The replica has applied the log at least up to here. */
  #replayed = 0n
  #identity: string | undefined
  #trustedUntil = 0
  #restUntil = 0
  #restMs = shortestRest

  constructor(options: ReadReplicaOptions) {
    this.#options = options
  }

  get database(): Database {
    return this.#options.replica
  }

  async read<T>(options: ReadOptions, roles: Roles | undefined, work: Work<T>): Promise<T> {
    if (Date.now() < this.#restUntil) return this.#onPrimary(options, roles, work)
    try {
      await this.#checkReplica(options)
      if (!(await this.#hasWrites(options))) return await this.#onPrimary(options, roles, work)
    } catch (error) {
      return this.#insteadOnPrimary(error, options, roles, work)
    }
    let result: T
    try {
      result = await this.#options.replica.read(options, roles, work)
    } catch (error) {
      return this.#insteadOnPrimary(error, options, roles, work)
    }
    this.#restMs = shortestRest
    return result
  }

  /** A write, whatever became of it, is remembered for the reads that come after it. */
  async write<T>(options: TransactionOptions, roles: Roles | undefined, work: Work<T>): Promise<T> {
    const { primary } = this.#options
    const owners = new Set<string>()
    let ofAny = roles === undefined
    const note = (access: Access) => {
      if (access.kind === 'owner') owners.add(access.ownerKey)
      else ofAny = true
    }
    note(options.access)
    try {
      return await primary.write(options, roles, (session) =>
        work({
          query: (text, values) => session.query(text, values),
          queryAll: (commands) => session.queryAll(commands),
          read: (text, values, read) => session.read(text, values, read),
          readLast: (text, values, read) => session.readLast(text, values, read),
          copy: session.copy,
          series: session.series,
          sent: () => session.sent(),
          become(access) {
            note(access)
            return session.become(access)
          },
        }),
      )
    } finally {
      this.#marks.add(ofAny ? undefined : [...owners])
    }
  }

  /** Without it, reads of a process that does not write would go on at a server that no longer follows the primary. */
  async #checkReplica({ signal }: TransactionOptions): Promise<void> {
    if (Date.now() < this.#trustedUntil) return
    const { primary, replica } = this.#options
    const asOperator = { access: adminAccess, signal }
    this.#identity ??= await primary.read(asOperator, undefined, databaseIdentity)
    const { identity, replayed } = await replica.read(asOperator, undefined, async (session) => ({
      identity: await databaseIdentity(session),
      replayed: await replayedPosition(session),
    }))
    if (identity !== this.#identity) {
      throw new MemoryError('CONNECTION', 'the server that was given as a replica has another database')
    }
    this.#noteReplayed(replayed)
    this.#trustedUntil = Date.now() + trustMs
  }

  #noteReplayed(replayed: LogPosition | undefined): void {
    if (replayed === undefined) {
      throw new MemoryError('CONNECTION', 'the server that was given as a replica is none')
    }
    if (replayed > this.#replayed) this.#replayed = replayed
  }

  /** Whether the replica has what a read must see. */
  async #hasWrites({ access, signal }: TransactionOptions): Promise<boolean> {
    if (!this.#options.readYourWrites) return true
    const required = this.#marks.requiredFor(access)
    const last = lastOf(required)
    if (last === 'unknown') return false
    if (last > this.#replayed) {
      // A transaction of its own: one that has begun before the replica got there would not see it.
      const replayed = await this.#options.replica.read(
        { access: adminAccess, signal },
        undefined,
        replayedPosition,
      )
      this.#noteReplayed(replayed)
    }
    if (last > this.#replayed) return false
    this.#marks.replayed(access, this.#replayed)
    return true
  }

  #onPrimary<T>(options: ReadOptions, roles: Roles | undefined, work: Work<T>): Promise<T> {
    const waiting = this.#marks.requiredFor(options.access).filter(({ position }) => position === undefined)
    return this.#options.primary.read(options, roles, async (session) => {
      if (waiting.length > 0) {
        const position = await writtenPosition(session)
        // A replica is never ahead of its primary: a server that lagged behind has taken the primary's place.
        if (position < this.#replayed) this.#replayed = 0n
        for (const mark of waiting) mark.position ??= position
      }
      return work(session)
    })
  }

  #insteadOnPrimary<T>(
    error: unknown,
    options: ReadOptions,
    roles: Roles | undefined,
    work: Work<T>,
  ): Promise<T> {
    if (options.signal?.aborted || !speaksAgainstReplica(error)) throw error
    this.#options.logger.warn(
      `the replica is left alone for ${this.#restMs} ms, and the primary read instead: ${error.message}`,
    )
    this.#replayed = 0n
    this.#trustedUntil = 0
    this.#restUntil = Date.now() + this.#restMs
    this.#restMs = Math.min(2 * this.#restMs, longestRest)
    return this.#onPrimary(options, roles, work)
  }
}

/** A statement that takes too long would do so on the primary too. */
function speaksAgainstReplica(error: unknown): error is MemoryError {
  return error instanceof MemoryError && ofReplica.has(error.code) && sqlStateOf(error) !== '57014'
}

/** The latest of the positions; `unknown` when one of them is. */
function lastOf(marks: readonly WriteMark[]): bigint | 'unknown' {
  let last = 0n
  for (const { position } of marks) {
    if (position === undefined) return 'unknown'
    if (position > last) last = position
  }
  return last
}
