import { MemoryError } from '@holdfast/core'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { releaseAll } from '../disk/release-all.js'
import { StoredFile } from '../disk/stored-file.js'
import { readAcknowledged } from './acknowledged-mark.js'
import { generationOf, markName } from './journal-name.js'
import { journalNames, scanOf } from './read-journals.js'
import type { JournalScan, JournalTransaction } from './scan-journal.js'

export interface JournalFollowerOptions {
  readonly files: FileSystem
  readonly directory: string
  readonly bootId: string
  /** See `NewJournal`. */
  readonly store?: string
  /** The last sequence that the base holds; 0 for none. */
  readonly after: number
  readonly visit: (transaction: JournalTransaction, file: StoredFile) => Promise<void>
  /** Told of each file that content is read from; it gets a hold on it. */
  readonly onFile: (file: StoredFile) => void
}

/** A journal that is followed. What is visible of it can be read; the rest is as if it were not there. */
class FollowedJournal {
  readonly name: string
  readonly generation: number
  readonly file: StoredFile
  readonly descriptor: OpenFile
  readonly scan: JournalScan
  readonly visible: { size: number }
  mark: OpenFile | undefined

  constructor(
    parts: Pick<FollowedJournal, 'name' | 'generation' | 'file' | 'descriptor' | 'scan' | 'visible'>,
  ) {
    this.name = parts.name
    this.generation = parts.generation
    this.file = parts.file
    this.descriptor = parts.descriptor
    this.scan = parts.scan
    this.visible = parts.visible
  }
}

/**
 * Reads the journals of a store that another process may be writing to: whole transactions, as far as they have been
 * acknowledged.
 */
export class JournalFollower {
  readonly #options: JournalFollowerOptions
  #journals: FollowedJournal[] = []
  #nextSequence: number
  #damage: MemoryError | undefined
  #isLost = false

  constructor(options: JournalFollowerOptions) {
    this.#options = options
    this.#nextSequence = options.after + 1
  }

  /** Why the follower is lost, unless it is because newer files were published. */
  get damage(): MemoryError | undefined {
    return this.#damage
  }

  /**
   * Hands over what has been acknowledged since the last call.
   * @returns `lost` when the journals do not go on where this one stands: a newer base has them, or they are damaged, and
   * then all before the damage was handed over; or an earlier call has failed.
   */
  async advance(): Promise<'up to date' | 'lost'> {
    if (this.#isLost) return 'lost'
    // Nobody can go on from what a failure leaves half read.
    this.#isLost = true
    const outcome = await this.#advance()
    this.#isLost = outcome === 'lost'
    return outcome
  }

  async #advance(): Promise<'up to date' | 'lost'> {
    const { files, directory } = this.#options
    const names = await journalNames(files, directory)
    const known = this.#journals.length
    if (this.#journals.some(({ name }, at) => names[at] !== name)) return 'lost'
    let unreadable: MemoryError | undefined
    for (const name of names.slice(known)) {
      const next = await this.#open(name)
      if (next === undefined) return 'lost'
      unreadable = next instanceof MemoryError ? next : undefined
      if (next instanceof MemoryError) break
      this.#journals.push(next)
    }
    const missing = await this.#readOlder(known)
    const damage = missing ?? (await this.#readNewest()) ?? unreadable
    this.#damage = damage
    return damage === undefined ? 'up to date' : 'lost'
  }

  /**
   * Reads all journals but the newest: each up to where newer ones start, and nothing of one that newer ones replace.
   * @param known how many were there the last time.
   * @returns what is missing between two of them.
   */
  async #readOlder(known: number): Promise<MemoryError | undefined> {
    for (let at = Math.max(0, known - 1); at < this.#journals.length; at++) {
      const journal = this.#journals[at]
      const limit = Math.min(...this.#journals.slice(at + 1).map(({ scan }) => scan.header.startSequence))
      if (journal === undefined || limit <= this.#nextSequence) continue
      const { name, scan } = journal
      if (scan.header.startSequence > this.#nextSequence) {
        return new MemoryError('CORRUPT', `${name} starts behind ${this.#nextSequence}, which is missing`)
      }
      if (limit === Number.POSITIVE_INFINITY) return undefined
      journal.visible.size = (await journal.descriptor.stat()).size
      await this.#read(journal, limit)
      if (this.#nextSequence >= limit) continue
      const { damagedAt, offset } = scan.end
      const what = `${name} ends at byte ${damagedAt ?? offset} before ${this.#nextSequence}`
      return new MemoryError('CORRUPT', `${what}; the next starts at ${limit}`)
    }
    return undefined
  }

  /** @returns how it is damaged. */
  async #readNewest(): Promise<MemoryError | undefined> {
    const newest = this.#journals.at(-1)
    if (newest === undefined) return undefined
    const isWhole = await this.#show(newest)
    await this.#read(newest, Number.POSITIVE_INFINITY)
    const { end } = newest.scan
    const isBroken = end.kind === 'corrupt' || (isWhole && end.kind === 'torn')
    if (!isBroken) return undefined
    return new MemoryError('CORRUPT', `${newest.name} is damaged at byte ${end.damagedAt ?? end.offset}`)
  }

  async close(): Promise<void> {
    for (const { mark } of this.#journals) await mark?.close().catch(() => {})
    await releaseAll(this.#journals.map(({ file }) => file))
    this.#journals = []
  }

  /** @returns the error when its header is damaged. */
  async #open(name: string): Promise<FollowedJournal | MemoryError | undefined> {
    const { files, directory, store, onFile } = this.#options
    const descriptor = await ifPresent(() => files.open(`${directory}/${name}`, 'read'))
    if (descriptor === undefined) return undefined
    const file = new StoredFile(name, Number.POSITIVE_INFINITY, descriptor)
    try {
      const visible = { size: (await descriptor.stat()).size }
      const source = {
        get size() {
          return visible.size
        },
        readInto: (into: Uint8Array, position: number) => file.readInto(into, position),
      }
      const { scan, generation } = await scanOf(name, source, store)
      onFile(file.hold())
      return new FollowedJournal({ name, generation, file, descriptor, scan, visible })
    } catch (error) {
      await file.release()
      if (error instanceof MemoryError && error.code === 'CORRUPT') return error
      throw error
    }
  }

  /**
   * Finds out how much of the newest journal may be shown.
   * @returns whether its writer has said so; else it is what is whole, as a writer would find it after a crash.
   */
  async #show(journal: FollowedJournal): Promise<boolean> {
    const { files, directory, bootId } = this.#options
    const path = `${directory}/${markName(generationOf(journal.name) ?? 0)}`
    journal.mark ??= await ifPresent(() => files.open(path, 'read'))
    const { salt, durableOffset } = journal.scan.header
    const found = journal.mark && (await readAcknowledged(journal.mark, salt, bootId))
    if (found?.isCurrent) {
      journal.visible.size = Math.max(found.offset, durableOffset)
      return true
    }
    journal.visible.size = (await journal.descriptor.stat()).size
    return false
  }

  async #read(journal: FollowedJournal, before: number): Promise<void> {
    for await (const transaction of journal.scan.transactions(before)) {
      if (transaction.sequence < this.#nextSequence) continue
      await this.#options.visit(transaction, journal.file)
      this.#nextSequence = transaction.sequence + 1
    }
  }
}
