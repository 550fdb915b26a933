/** A write that waits for its turn; `settle` and `fail` resolve and reject its caller's promise. */
export interface QueuedWrite<C> {
  /** Works the write into a change. @returns how to tell the caller, once the change is durable. */
  readonly apply: (change: C) => () => void
  readonly fail: (error: unknown) => void
}

interface Waiting<C> extends QueuedWrite<C> {
  readonly signal: AbortSignal | undefined
}

/**
 * Runs writes in the order of their calls, one group at a time: whatever has queued up while one group was being
 * written is written together, so that concurrent callers share the cost of making it durable.
 */
export class WriteQueue<C> {
  readonly #commit: (group: readonly QueuedWrite<C>[]) => Promise<void>
  #waiting: Waiting<C>[] = []
  #isRunning = false

  /** @param commit writes a group and settles each of its writes. It never rejects. */
  constructor(commit: (group: readonly QueuedWrite<C>[]) => Promise<void>) {
    this.#commit = commit
  }

  /** @returns what `write` returned, once it is durable. */
  enqueue<T>(write: (change: C) => T, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const apply = (change: C) => {
        const value = write(change)
        return () => resolve(value)
      }
      this.#waiting.push({ apply, fail: reject, signal })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // Calls that are made in the same turn of the event loop belong together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const all = this.#waiting
      this.#waiting = []
      const group = all.filter(({ signal, fail }) => {
        if (signal?.aborted) fail(signal.reason)
        return !signal?.aborted
      })
      if (group.length > 0) await this.#commit(group)
    }
    this.#isRunning = false
  }
}
