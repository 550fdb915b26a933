import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { makeDirectory } from '../disk/make-path.js'
import type { StoredFile } from '../disk/stored-file.js'
import { SyncFailure, syncFailure } from '../disk/sync-failure.js'
import type { Durability } from '../journal/durability.js'
import { journalHeaderLength } from '../journal/journal-header.js'
import { generationOf, isUnfinished, journalName, markName, unfinishedName } from '../journal/journal-name.js'
import type { JournalOperation, LocatedOperation } from '../journal/journal-operation.js'
import { JournalWriter } from '../journal/journal-writer.js'
import { journalNames } from '../journal/read-journals.js'
import { privatePaths } from '../layout/store-paths.js'
import type { Environment } from './environment.js'

export interface StoreJournalOptions {
  readonly environment: Environment
  readonly dataDir: string
  readonly durability: Durability
  readonly bootId: string
  /** See `BaseRecord`. */
  readonly store: string
  readonly assertLocked: () => Promise<void>
  /** Called before the first journal of a store begins: what it builds on must be on record by then. */
  readonly beforeFirst: () => Promise<void>
  /** Told of each file that content is appended to; it gets a hold on it. */
  readonly onFile: (file: StoredFile) => void
}

/** A transaction that is durable, and where its content lies. */
export interface CommittedTransaction {
  readonly sequence: number
  readonly operations: readonly LocatedOperation[]
  readonly file: StoredFile
}

/** The journal of an open store: a file is begun with the first write, and another one by each compaction. */
export class StoreJournal {
  readonly #options: StoreJournalOptions
  #writer: JournalWriter | undefined
  #generation: number
  #nextSequence: number
  #bytesBefore = 0
  #failure: MemoryError | undefined
  /** A file that could not be begun may have left its name, or a power cut may bring it back. */
  #hasLeftover = false

  /** @param writer of a journal that was begun when the store was opened, because there was one already. */
  constructor(
    options: StoreJournalOptions,
    {
      writer,
      generation,
      nextSequence,
    }: { writer: JournalWriter | undefined; generation: number; nextSequence: number },
  ) {
    this.#options = options
    this.#writer = writer
    this.#generation = generation
    this.#nextSequence = nextSequence
    if (writer) options.onFile(writer.stored.hold())
  }

  /** The file that is appended to. @throws {TypeError} when none was begun. */
  get current(): StoredFile {
    if (this.#writer === undefined) throw new TypeError('no journal was begun')
    return this.#writer.stored
  }

  /** Of the newest file that was ever begun. */
  get generation(): number {
    return this.#generation
  }

  /** Bytes that are not published yet. */
  get size(): number {
    return (this.#writer?.end ?? 0) + this.#bytesBefore
  }

  /** Says how many bytes older files have that are not published yet. */
  countOlder(bytes: number): void {
    this.#bytesBefore = bytes
  }

  /** Why nothing can be written any more, once that is so. */
  get failure(): MemoryError | undefined {
    return this.#failure ?? this.#writer?.failure
  }

  /** Appends one transaction. @throws {MemoryError} as `JournalWriter.append`. */
  async append(operations: readonly JournalOperation[]): Promise<CommittedTransaction> {
    if (this.#failure) throw this.#failure
    // Where a newer file starts, older ones end: with it, what is appended here would not count.
    if (this.#hasLeftover) await this.#removeLeftover()
    const writer = this.#writer ?? (await this.#begin())
    const { sequence, places } = await writer.append(operations)
    this.#nextSequence = sequence + 1
    const located = operations.map((operation, at) => ({ operation, place: places[at] }))
    return { sequence, operations: located, file: writer.stored }
  }

  /**
   * Goes on in a new file, unless nothing is in this one yet, so that what is in the older ones can be published.
   * @returns the generation up to which the files are complete.
   */
  async rotate(): Promise<number> {
    const old = this.#writer
    if (old === undefined) return this.#generation
    // Or a publication that fails again and again would leave a file each time.
    if (old.end === journalHeaderLength) return this.#generation - 1
    const complete = this.#generation
    // Or a power cut could lose the end of this file and keep the beginning of the next.
    await old.flush()
    await this.#begin()
    this.#bytesBefore += old.end
    await old.close().catch(() => {})
    return complete
  }

  /** Seals the file. @throws {MemoryError} the failure that the store has met. */
  async close(): Promise<void> {
    await this.#writer?.close()
  }

  /** Removes the files up to a generation, which are published, the newest last: a gap between files would look like damage. */
  async remove(upTo: number): Promise<void> {
    const { files } = this.#options.environment
    const directory = this.#directory
    if (upTo >= this.#generation - 1) this.#bytesBefore = 0
    for (const name of await journalNames(files, directory)) {
      const generation = generationOf(name) ?? 0
      if (generation > upTo) continue
      await ifPresent(() => files.unlink(`${directory}/${journalName(generation)}`))
      await ifPresent(() => files.unlink(`${directory}/${markName(generation)}`))
    }
    if (upTo < this.#generation) return
    for (const name of (await ifPresent(() => files.readdir(directory))) ?? []) {
      if (name.endsWith('.ack') || isUnfinished(name))
        await ifPresent(() => files.unlink(`${directory}/${name}`))
    }
    await ifPresent(() => files.rmdir(directory))
  }

  get #directory(): string {
    return `${this.#options.dataDir}/${privatePaths.journals}`
  }

  async #begin(): Promise<JournalWriter> {
    try {
      if (this.#writer === undefined) await this.#prepare()
      if (this.#hasLeftover) await this.#removeLeftover()
      const { environment, durability, bootId, store, assertLocked, onFile } = this.#options
      const { files, schedule } = environment
      this.#hasLeftover = true
      const writer = await JournalWriter.create({
        files,
        directory: this.#directory,
        generation: this.#generation + 1,
        startSequence: this.#nextSequence,
        durability,
        bootId,
        store,
        assertLocked,
        ...(schedule === undefined ? {} : { schedule }),
      })
      this.#hasLeftover = false
      this.#generation += 1
      this.#writer = writer
      onFile(writer.stored.hold())
      return writer
    } catch (error) {
      throw this.#noteSyncFailure(error)
    }
  }

  /** Takes away, for good, what a file that could not be begun has left. */
  async #removeLeftover(): Promise<void> {
    const { environment, durability } = this.#options
    const { files } = environment
    const generation = this.#generation + 1
    const name = journalName(generation)
    try {
      await onDisk('what is left of a journal cannot be removed', async () => {
        for (const left of [name, unfinishedName(name), markName(generation)]) {
          await ifPresent(() => files.unlink(`${this.#directory}/${left}`))
        }
        if (durability === 'off') return
        await files.syncDirectory(this.#directory).catch((cause: unknown) => {
          throw syncFailure(cause)
        })
      })
    } catch (error) {
      throw this.#noteSyncFailure(error)
    }
    this.#hasLeftover = false
  }

  /** A second sync that works would prove nothing about what the first one failed to keep. */
  #noteSyncFailure(error: unknown): unknown {
    if (error instanceof MemoryError && error.cause instanceof SyncFailure) {
      const what = 'the disk failed to keep a name; open the store again'
      this.#failure = new MemoryError('CONNECTION', what, { cause: error })
    }
    return error
  }

  /** Makes the directory and what it builds on durable. */
  async #prepare(): Promise<void> {
    const { environment, dataDir, durability, beforeFirst } = this.#options
    const { files } = environment
    await beforeFirst()
    await onDisk('the journal cannot be created', async () => {
      await makeDirectory(files, this.#directory)
      // A process that died while it began its first journal has left it here.
      for (const name of await files.readdir(this.#directory)) {
        if (isUnfinished(name)) await files.unlink(`${this.#directory}/${name}`)
      }
      if (durability === 'off') return
      for (const path of [`${dataDir}/${privatePaths.directory}`, dataDir]) {
        await files.syncDirectory(path).catch((cause: unknown) => {
          throw syncFailure(cause)
        })
      }
    })
  }
}
