import type { StoreState } from './store-state.js'

/** Which records a write reads or changes: `n:` or `e:` and an id. `everything`: no other write may go with it. */
export type Touched = ReadonlySet<string> | 'everything'

/** A write that waits for its turn. */
export interface QueuedWrite<D> {
  readonly touches: (state: StoreState) => Touched
  /** Works the write into a transaction. @returns how to tell the caller, once it is durable. */
  readonly plan: (draft: D) => Promise<() => void>
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal | undefined
}

/** Takes the next write of a group, if there is one that may go with those taken before. */
export type TakeNext<D> = (state: StoreState) => QueuedWrite<D> | undefined

/**
 * Runs writes in the order of their calls, one group at a time: whatever has queued up while one group was being
 * written is written together, so that concurrent callers share the cost of making it durable. A write that touches
 * what an earlier one of the group touches waits for the next group.
 */
export class WriteQueue<D> {
  readonly #commit: (next: TakeNext<D>) => Promise<void>
  #waiting: (QueuedWrite<D> | (() => Promise<void>))[] = []
  #isRunning = false

  /** @param commit writes a group and settles each write it takes. It never rejects. */
  constructor(commit: (next: TakeNext<D>) => Promise<void>) {
    this.#commit = commit
  }

  enqueue(write: QueuedWrite<D>): void {
    this.#waiting.push(write)
    if (!this.#isRunning) void this.#run()
  }

  /** Runs something between two groups, when its turn comes. */
  between<T>(step: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => step().then(resolve, reject))
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    // Calls that are made in the same turn of the event loop belong together.
    await new Promise((resolve) => setImmediate(resolve))
    for (;;) {
      const first = this.#waiting[0]
      if (first === undefined) break
      if (typeof first === 'function') {
        this.#waiting.shift()
        await first()
      } else await this.#commit(this.#group())
    }
    this.#isRunning = false
  }

  #group(): TakeNext<D> {
    const touched = new Set<string>()
    let isClosed = false
    return (state) => {
      for (;;) {
        const next = this.#waiting[0]
        if (isClosed || next === undefined || typeof next === 'function') return undefined
        if (next.signal?.aborted) {
          this.#waiting.shift()
          next.fail(next.signal.reason)
          continue
        }
        const touches = next.touches(state)
        if (touches === 'everything') {
          if (touched.size > 0) return undefined
          isClosed = true
        } else {
          for (const name of touches) if (touched.has(name)) return undefined
          for (const name of touches) touched.add(name)
        }
        this.#waiting.shift()
        return next
      }
    }
  }
}
