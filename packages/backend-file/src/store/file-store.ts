import type { Logger } from '@holdfast/core'
import { onDisk } from '../disk/disk-failure.js'
import { isReadAtOpenOnly } from '../layout/store-paths.js'
import type { DirectoryLock } from '../lock/directory-lock.js'
import type { Publisher } from '../publish/publisher.js'
import type { Snapshot } from '../snapshot/snapshot.js'
import { ChangeSet } from '../write/change-set.js'
import { planFiles } from '../write/plan-files.js'
import { nextSnapshot } from './next-snapshot.js'
import { type QueuedWrite, WriteQueue } from './write-queue.js'

/** What a store that may be written to has beside its snapshot. */
export interface Writer {
  readonly lock: DirectoryLock
  readonly publisher: Publisher
}

/** An open store: the current snapshot, and the way to the next one. */
export class FileStore {
  #snapshot: Snapshot
  readonly #writer: Writer | undefined
  readonly #logger: Logger
  readonly #queue = new WriteQueue<ChangeSet>((group) => this.#commit(group))

  /** @param writer `undefined` for a store that is only read. */
  constructor(snapshot: Snapshot, writer: Writer | undefined, logger: Logger) {
    this.#snapshot = snapshot
    this.#writer = writer
    this.#logger = logger
  }

  get settings(): Snapshot['settings'] {
    return this.#snapshot.settings
  }

  get isReadOnly(): boolean {
    return this.#writer === undefined
  }

  /** Lets `use` read from the store as it is now; writes in the meantime do not change what it sees. */
  async read<T>(use: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const snapshot = this.#snapshot.hold()
    try {
      return await onDisk('the store cannot be read', () => use(snapshot))
    } finally {
      await this.#letGo(snapshot)
    }
  }

  /** Resolves to what `write` returned, once what it changed is durable. When `write` throws it has changed nothing. */
  write<T>(write: (change: ChangeSet) => T, signal: AbortSignal | undefined): Promise<T> {
    return this.#queue.enqueue(write, signal)
  }

  async close(): Promise<void> {
    try {
      await this.#writer?.publisher.finish().catch((error: unknown) => {
        this.#logger.warn(`the next open will put the last write in place: ${String(error)}`)
      })
      await this.#letGo(this.#snapshot)
    } finally {
      await onDisk('the store cannot be closed', async () => this.#writer?.lock.release())
    }
  }

  async #commit(group: readonly QueuedWrite<ChangeSet>[]): Promise<void> {
    const change = new ChangeSet(this.#snapshot)
    const outcomes = group.map(({ apply, fail }) => {
      try {
        return apply(change)
      } catch (error) {
        return () => fail(error)
      }
    })
    try {
      if (!change.isEmpty) await this.#publish(change)
    } catch (error) {
      // Also those that were refused: what stood in their way may have been a write that did not happen.
      for (const { fail } of group) fail(error)
      return
    }
    for (const tell of outcomes) tell()
  }

  async #publish(change: ChangeSet): Promise<void> {
    if (this.#writer === undefined) throw new TypeError('a read-only store cannot publish')
    const { publisher } = this.#writer
    const before = this.#snapshot
    const plan = await onDisk('the write failed', () => planFiles(change))
    const files = await publisher.publish(plan.files, before.states)
    this.#snapshot = nextSnapshot(before, plan, files)
    const unread = [...files].filter(([path]) => isReadAtOpenOnly(path)).map(([, { file }]) => file)
    for (const done of [before, ...unread]) await this.#letGo(done)
  }

  /** A descriptor is gone even when closing it fails, and a file that was only read loses nothing by that. */
  async #letGo(held: { release(): Promise<void> }): Promise<void> {
    await held.release().catch((error: unknown) => {
      this.#logger.warn(`a file could not be closed: ${String(error)}`)
    })
  }
}
