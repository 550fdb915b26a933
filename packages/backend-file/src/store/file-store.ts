import { type Logger, MemoryError, type RecordKind } from '@holdfast/core'
import type { IndexCache } from '../cache/index-cache.js'
import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { KeywordCache } from '../keyword/keyword-cache.js'
import { KeywordIndexes } from '../keyword/keyword-indexes.js'
import type { DirectoryLock } from '../lock/directory-lock.js'
import { keepCopy } from '../publish/kept-copy.js'
import type { Publisher } from '../publish/publisher.js'
import type { SavedCopies } from '../search/saved-copies.js'
import { type PlannedWrite, WriteDraft } from '../write/write-draft.js'
import { CopySaver } from './copy-saver.js'
import { directoryBytes } from './directory-bytes.js'
import type { FileGenerations } from './file-generations.js'
import type { OpenedStore, ReadableState } from './opened-store.js'
import { publishState } from './publish-state.js'
import type { PublishedBase } from './published-base.js'
import type { StoreJournal } from './store-journal.js'
import type { StoreState } from './store-state.js'
import { verifyStore } from './verify-store.js'
import { type TakeNext, type Touched, WriteQueue } from './write-queue.js'

/** What a store that this process writes to is made of. */
export interface FileStoreParts {
  readonly state: StoreState
  readonly base: PublishedBase
  readonly generations: FileGenerations
  readonly journal: StoreJournal
  readonly publisher: Publisher
  readonly lock: DirectoryLock
  readonly cache: IndexCache
  readonly logger: Logger
  readonly files: FileSystem
  readonly dataDir: string
  /** Bytes that a journal may have before it is compacted, if the files are not larger still. */
  readonly smallJournal: number
  /** As of the environment. */
  readonly smallScope: number | undefined
  /** As of the environment. */
  readonly fewCopies: number | undefined
  readonly saved: Readonly<Record<RecordKind, SavedCopies>>
  /** See `FileBackendOptions`. */
  readonly memoryBudget: number
}

/** Bytes of texts and vectors that writes of several callers share a transaction for. */
const groupLimit = 4 * 1024 * 1024

/** Rows of records that are gone, which are kept in memory without a compaction, if there are not more records still. */
const fewDeadRows = 200_000

/**
 * An open store that this process writes to.
 *
 * A write is worked out on the state, appended to the journal, applied to the state when that is durable, and then
 * acknowledged. Publishing writes the state of one moment into the files that Python reads; writes go on meanwhile in a
 * new journal.
 */
export class FileStore implements OpenedStore {
  readonly keywords: KeywordIndexes
  readonly #parts: FileStoreParts
  readonly #copies: CopySaver
  readonly #queue = new WriteQueue<WriteDraft>((next) => this.#commit(next))
  #compaction: Promise<unknown> = Promise.resolve()
  #isCompacting = false
  /** Bytes of the journal at which compaction is tried by itself; more after a failure. */
  #compactAt: number
  #deadRowsBefore = 0

  constructor(parts: FileStoreParts) {
    this.#parts = parts
    this.keywords = new KeywordIndexes({
      cache: new KeywordCache(parts.files, parts.dataDir, parts.logger),
      published: () => parts.base.publishedTexts,
      whileHeld: (use) => this.#hold(use),
      budget: parts.memoryBudget / 4,
      ...(parts.smallScope === undefined ? {} : { smallScope: parts.smallScope }),
    })
    this.#copies = new CopySaver({ ...parts, least: parts.fewCopies, whileHeld: (use) => this.#hold(use) })
    this.#compactAt = this.#threshold()
  }

  get settings(): StoreState['settings'] {
    return this.#parts.state.settings
  }

  async read<T>(use: (state: ReadableState) => Promise<T>): Promise<T> {
    const result = await this.#hold(use)
    this.#copies.look()
    return result
  }

  /** Keeps the files open that the state is read from now. */
  async #hold<T>(use: (state: ReadableState) => Promise<T>): Promise<T> {
    const { generations, state } = this.#parts
    const hold = generations.hold()
    try {
      return await onDisk('the store cannot be read', () => use(state))
    } finally {
      await hold.release()
    }
  }

  /**
   * Resolves to the result of the plan, once what it does is durable. When the plan rejects it does nothing.
   * @param touches what the plan reads or changes.
   */
  write<T>(
    touches: (state: StoreState) => Touched,
    plan: (draft: WriteDraft) => Promise<PlannedWrite<T>> | PlannedWrite<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.enqueue({
        touches,
        signal,
        fail: reject,
        plan: async (draft) => {
          const planned = await plan(draft)
          draft.add(planned)
          return () => resolve(planned.result)
        },
      })
    })
  }

  /** Publishes everything that was written before the call. */
  compact(): Promise<void> {
    const run = this.#compaction.then(() => this.#compact(true))
    this.#compaction = run.catch(() => {})
    return run
  }

  bytes(): Promise<number> {
    const { files, dataDir } = this.#parts
    return directoryBytes(files, dataDir)
  }

  verify(signal: AbortSignal | undefined): Promise<readonly string[]> {
    const { files, dataDir, base } = this.#parts
    // Between two transactions, or a journal would be read while it grows; and beside no compaction, or what it has put
    // in place already would pass for another program's.
    const run = this.#compaction.then(() =>
      this.#queue.between(() => this.read((state) => verifyStore({ files, dataDir, state, base, signal }))),
    )
    this.#compaction = run.catch(() => {})
    return run
  }

  async close(): Promise<void> {
    const { state, journal, generations, cache, lock } = this.#parts
    const failures: unknown[] = []
    const attempt = (step: () => Promise<unknown>) => step().catch((error: unknown) => failures.push(error))
    await this.#compaction
    await this.keywords.settle()
    await this.#copies.settle()
    await attempt(() => journal.close())
    if (failures.length === 0) await attempt(() => this.#publishLast())
    if (failures.length === 0) await this.#renewDerived()
    await this.keywords.settle()
    await attempt(() => generations.close())
    state.disposeCopies()
    await cache.settled()
    await attempt(() => onDisk('the lock cannot be given back', () => lock.release()))
    if (failures.length > 0) throw failures[0]
  }

  async #publishLast(): Promise<void> {
    const { state, base, journal, publisher } = this.#parts
    if (publisher.refusal) throw publisher.refusal
    await onDisk('published files could not be put in place', () => publisher.finish())
    if (state.sequence !== base.sequence) {
      await this.#prepareDerived()
      await publishState(this.#parts, { upTo: journal.generation, isLast: true, keepsCopy: true })
      return
    }
    await onDisk('old journals could not be removed', () => journal.remove(journal.generation))
    await this.#completeCopy()
  }

  /** To be called before other files are published. Nothing depends on it. */
  async #prepareDerived(): Promise<void> {
    await this.keywords.prepare(this.#parts.state.index('nodes')).catch(() => {})
  }

  /** To be called when other files have been published. */
  async #renewDerived(): Promise<void> {
    await this.keywords.renew()
    await this.#copies.renew()
  }

  /** What was published by itself has no copy yet. */
  async #completeCopy(): Promise<void> {
    const { files, dataDir, base, logger } = this.#parts
    if (base.sequence === 0) return
    await keepCopy(files, dataDir, []).catch((error: unknown) => {
      logger.warn(`no copy of the files could be kept: ${String(error)}`)
    })
  }

  async #commit(next: TakeNext<WriteDraft>): Promise<void> {
    const { state, generations } = this.#parts
    const draft = new WriteDraft(state)
    const group: { readonly fail: (error: unknown) => void; readonly tell: () => void }[] = []
    const hold = generations.hold()
    for (let write = next(state); write !== undefined; write = next(state)) {
      const { plan, fail } = write
      const tell = await onDisk('the store cannot be read', () => plan(draft)).catch(
        (error: unknown) => () => fail(error),
      )
      group.push({ fail, tell })
      if (draft.size >= groupLimit) break
    }
    await hold.release()
    try {
      this.#requireUsable()
      if (draft.operations.length > 0) await this.#append(draft)
    } catch (error) {
      // Also those that were refused: what stood in their way may have been a write that did not happen.
      for (const { fail } of group) fail(error)
      return
    }
    for (const { tell } of group) tell()
  }

  /** Also a write that changes nothing: it may have found nothing to do where one stands whose outcome is unknown. */
  #requireUsable(): void {
    const { journal, publisher } = this.#parts
    const failure = publisher.refusal ?? journal.failure
    if (failure) throw failure
  }

  async #append(draft: WriteDraft): Promise<void> {
    const { journal, state } = this.#parts
    const { sequence, operations, file } = await journal.append(draft.operations)
    state.apply(sequence, operations, file)
    if (this.#isCompacting) return
    if (journal.size >= this.#compactAt || this.#hasManyDeadRows()) this.#compactByItself()
  }

  /** Every change of a record leaves one, also one that takes few bytes of the journal. */
  #hasManyDeadRows(): boolean {
    const [nodes, episodes] = [this.#parts.state.index('nodes'), this.#parts.state.index('episodes')]
    const dead = nodes.deadCount + episodes.deadCount
    return dead - this.#deadRowsBefore > Math.max(fewDeadRows, 2 * (nodes.count + episodes.count))
  }

  #threshold(): number {
    return Math.max(this.#parts.smallJournal, 2 * this.#parts.base.size)
  }

  #compactByItself(): void {
    const { logger, journal, state } = this.#parts
    this.#isCompacting = true
    this.#compaction = this.#compaction
      .then(() => this.#compact(false))
      .catch((error: unknown) => {
        this.#compactAt = 2 * journal.size
        this.#deadRowsBefore = state.index('nodes').deadCount + state.index('episodes').deadCount
        logger.warn(`the journal could not be compacted; it goes on growing: ${String(error)}`)
      })
      .finally(() => {
        this.#isCompacting = false
      })
  }

  async #compact(keepsCopy: boolean): Promise<void> {
    const { state, base, journal, publisher } = this.#parts
    if (publisher.refusal) throw publisher.refusal
    if (state.sequence !== base.sequence) await this.#prepareDerived()
    let publishing: Promise<void> | undefined
    await this.#queue.between(async () => {
      if (state.sequence === base.sequence) return
      const upTo = await journal.rotate()
      // It takes note of the state at once; only writing it down goes on beside other writes.
      publishing = publishState(this.#parts, { upTo, isLast: false, keepsCopy })
      publishing.catch(() => {})
    })
    await publishing
    // Published is enough for us, but who asked for this wants to find the files in place.
    await onDisk('published files could not be put in place', () => publisher.finish())
    if (keepsCopy && publishing === undefined) await this.#completeCopy()
    if (publishing !== undefined) await this.#renewDerived()
    this.#compactAt = this.#threshold()
    this.#deadRowsBefore = 0
  }
}

/** @throws {MemoryError} `NOT_SUPPORTED` for a store that was opened to be read only. */
export function requireWritable(store: OpenedStore): FileStore {
  if (store instanceof FileStore) return store
  throw new MemoryError('NOT_SUPPORTED', 'the store was opened to be read only')
}
