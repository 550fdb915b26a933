import { MemoryError } from '@holdfast/core'
import { diskFailure, onDisk, systemCode } from '../disk/disk-failure.js'
import type { OpenFile } from '../disk/file-system.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { AcknowledgedMark } from './acknowledged-mark.js'
import { type CreatedJournal, createJournal, type NewJournal } from './create-journal.js'
import { type Durability, type Schedule, scheduleWithTimer, syncInterval } from './durability.js'
import { encodeTransaction } from './encode-operations.js'
import { frameHeaderLength } from './journal-frame.js'
import type { JournalOperation } from './journal-operation.js'
import type { JournalTail, UnplacedFrame } from './journal-tail.js'
import {
  type AppendedTransaction,
  type TransactionBatch,
  WaitingTransactions,
} from './waiting-transactions.js'

export interface JournalWriterOptions extends NewJournal {
  /** Throws when the lock is no longer ours. Asked before each batch is written and again before it is acknowledged. */
  readonly assertLocked?: () => Promise<void>
  readonly schedule?: Schedule
}

/**
 * Appends transactions to a journal of its own.
 *
 * waiting → written → synced → acknowledged, in the order of the calls; who waits while a sync is running shares the
 * next one. A write that fails is cut off again, durably, and rejects that batch only. When a sync or the cutting fails
 * nothing is known about what is on the disk: it is never tried again, and every later call rejects. Whether the batch
 * that was under way happened is then known only after opening the store again; `failure` tells.
 */
export class JournalWriter {
  readonly #file: OpenFile
  readonly #stored: StoredFile
  readonly #mark: AcknowledgedMark
  readonly #tail: JournalTail
  readonly #durability: Durability
  readonly #assertLocked: () => Promise<void>
  readonly #schedule: Schedule
  readonly #waiting = new WaitingTransactions()
  #durableOffset: number
  #nextSequence: number
  #syncIsDue = false
  #cancelSync: (() => void) | undefined
  #work: Promise<void> | undefined
  #closing: Promise<boolean> | undefined
  #failure: MemoryError | undefined

  private constructor(created: CreatedJournal, options: JournalWriterOptions) {
    this.#file = created.file
    this.#stored = created.stored
    this.#mark = created.mark
    this.#tail = created.tail
    this.#durableOffset = created.durableOffset
    this.#nextSequence = created.tail.nextSequence
    this.#durability = options.durability
    this.#assertLocked = options.assertLocked ?? (() => Promise.resolve())
    this.#schedule = options.schedule ?? scheduleWithTimer
  }

  /** @throws {MemoryError} `NO_SPACE`, `CONNECTION`; then nothing has changed. */
  static async create(options: JournalWriterOptions): Promise<JournalWriter> {
    return new JournalWriter(
      await onDisk('the journal cannot be created', () => createJournal(options)),
      options,
    )
  }

  /** The file, for those who read from it; whoever goes on reading after {@link close} holds it. */
  get stored(): StoredFile {
    return this.#stored
  }

  /** Why every call rejects, once one failed in a way that leaves its outcome unknown. */
  get failure(): MemoryError | undefined {
    return this.#failure
  }

  /** Everything before it is on stable storage. */
  get durableOffset(): number {
    return this.#durableOffset
  }

  /** The first byte behind the last frame. */
  get end(): number {
    return this.#tail.offset
  }

  /** Where the next transaction, or the next journal, goes on. A seal does not count: it may be lost in a crash. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /**
   * Appends one transaction, all or nothing, and resolves once it survives what the durability promises.
   * @throws {MemoryError} `NO_SPACE`, `CONNECTION`: it did not happen, unless {@link failure} is set; `LOCKED`,
   * `CLOSED`, `INVALID_NODE`.
   */
  async append(operations: readonly JournalOperation[]): Promise<AppendedTransaction> {
    if (this.#failure) throw this.#failure
    if (this.#closing) throw new MemoryError('CLOSED')
    const appended = this.#waiting.add(encodeTransaction(operations))
    this.#start()
    return appended
  }

  /**
   * Finishes what was begun, syncs, seals and closes the file.
   * @returns whether it was sealed: a full disk may prevent that, and costs the next open a little work.
   * @throws {MemoryError} {@link failure}, if there is one; the file is closed all the same.
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<boolean> {
    this.#cancelSync?.()
    this.#cancelSync = undefined
    while (this.#work) await this.#work
    let isSealed = false
    try {
      if (!this.#failure) isSealed = await this.#seal()
    } finally {
      await this.#mark.close().catch(() => {})
      await this.#stored.release().catch(() => {})
    }
    if (this.#failure) throw this.#failure
    return isSealed
  }

  async #seal(): Promise<boolean> {
    if (!(await this.#sync())) return false
    const bytes = Buffer.alloc(frameHeaderLength)
    try {
      await this.#assertLocked()
      await this.#write([{ type: 'seal', bytes, payloadLength: 0, operationCount: 0 }])
    } catch {
      return false
    }
    return this.#sync()
  }

  /**
   * Makes durable whatever was acknowledged, as another journal must not begin before that.
   * @throws {MemoryError} {@link failure}.
   */
  async flush(): Promise<void> {
    this.#cancelSync?.()
    this.#cancelSync = undefined
    while (this.#work) await this.#work
    if (!this.#failure) await this.#sync()
    if (this.#failure) throw this.#failure
  }

  #start(): void {
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined
      // What came in while the last step was ending.
      if (!this.#waiting.isEmpty || this.#syncIsDue) this.#start()
    })
  }

  async #run(): Promise<void> {
    // Calls of the same moment come together before the first of them is written.
    await Promise.resolve()
    while (!this.#waiting.isEmpty || this.#syncIsDue) {
      if (this.#failure) {
        this.#syncIsDue = false
        this.#waiting.rejectAll(this.#failure)
      } else if (!this.#waiting.isEmpty) await this.#commit(this.#waiting.nextBatch())
      else await this.#sync()
    }
  }

  async #commit(batch: TransactionBatch): Promise<void> {
    const { offset, nextSequence: sequence } = this.#tail
    try {
      await this.#fence('before')
      await this.#write(batch.frames())
    } catch (error) {
      batch.reject(error)
      return
    }
    this.#nextSequence = this.#tail.nextSequence
    if (this.#durability === 'full' && (await this.#sync())) await this.#fence('after').catch(() => {})
    if (this.#durability === 'normal') this.#planSync()
    if (!this.#failure) await this.#acknowledge()
    if (this.#failure) batch.reject(this.#failure)
    else batch.resolve({ offset, sequence })
  }

  /** Shows the batch to readers in other processes, before anybody is told that it happened. */
  async #acknowledge(): Promise<void> {
    try {
      await this.#mark.write(this.#tail.offset)
    } catch (cause) {
      this.#fail('readers could not be told of a write; open the store again', cause)
    }
  }

  /** Writes frames or leaves the file as it was. */
  async #write(frames: readonly UnplacedFrame[]): Promise<void> {
    try {
      // Where a part fails the parts before it go too: all of them are behind the tail.
      await this.#tail.write(frames, this.#durableOffset)
    } catch (cause) {
      try {
        await this.#tail.cut()
        // Until this is durable a power cut could bring back whole frames of a write that was rejected.
        if (this.#durability !== 'off') await this.#file.sync()
        this.#markDurable()
      } catch (cutting) {
        this.#fail('a failed write could not be removed again; open the store again', cutting)
      }
      throw this.#failure ?? diskFailure(cause, 'the write failed')
    }
  }

  /** @returns whether it worked; if not, the writer has failed for good. */
  async #sync(): Promise<boolean> {
    this.#syncIsDue = false
    if (this.#durability === 'off' || this.#durableOffset === this.#tail.offset) return true
    try {
      await this.#file.sync()
      this.#markDurable()
      return true
    } catch (cause) {
      this.#fail('the disk failed to keep what was written; open the store again', cause)
      return false
    }
  }

  #markDurable(): void {
    if (this.#durability !== 'off') this.#durableOffset = this.#tail.offset
  }

  #planSync(): void {
    this.#cancelSync ??= this.#schedule(syncInterval, () => {
      this.#cancelSync = undefined
      this.#syncIsDue = true
      this.#start()
    })
  }

  /** Not to know whether the lock is ours only refuses a write that was not begun, but leaves open one that was made. */
  async #fence(moment: 'before' | 'after'): Promise<void> {
    try {
      await this.#assertLocked()
    } catch (error) {
      const unknown =
        systemCode(error) === undefined ? undefined : diskFailure(error, 'the lock cannot be read')
      if (moment === 'before' && unknown) throw unknown
      if (unknown) this.#fail('the lock cannot be read; open the store again', error)
      this.#failure ??=
        error instanceof MemoryError ? error : new MemoryError('LOCKED', undefined, { cause: error })
      throw this.#failure
    }
  }

  #fail(message: string, cause: unknown): void {
    this.#failure ??= new MemoryError('CONNECTION', message, { cause })
  }
}
