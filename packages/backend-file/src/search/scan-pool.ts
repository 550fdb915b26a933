import { availableParallelism } from 'node:os'
import type { Logger } from '@holdfast/core'
import type { ScanMemory } from './quantised-rows.js'
import { ScanThread, type ThreadEnd } from './scan-thread.js'

export interface ScanPoolOptions {
  /** Threads at most, beside those that search. 0: every scan is done by its caller alone. */
  readonly threads: number
  /** Bytes of int8 rows from which a scan is worth the threads: docs/exact-search.md has what was measured. */
  readonly leastBytes: number
  /** Milliseconds without such a scan after which the threads end. */
  readonly idle: number
  /** What a thread runs. */
  readonly file: () => URL
}

/** Threads that come to harm one after the other, none of them having done anything, before no more are started. */
const mostLosses = 3

/**
 * Threads that help with large scans, for all stores of a process. They are started by the first such scan, end when
 * there was none for a while, and do not keep the process alive. A thread that ends otherwise is replaced at the next
 * scan. Where none can be started, every scan is done by its caller alone, and each logger is told once.
 */
export class ScanPool {
  readonly options: ScanPoolOptions
  readonly #threads: (ScanThread | undefined)[]
  readonly #numbers = new WeakMap<ScanMemory, number>()
  readonly #collected = new FinalizationRegistry<number>((number) => this.#retire(number))
  readonly #told = new WeakSet<Logger>()
  #lastNumber = 0
  #lastLogger: Logger | undefined
  #timer: NodeJS.Timeout | undefined
  #losses = 0
  #failure: string | undefined

  constructor(options: ScanPoolOptions) {
    this.options = options
    this.#threads = Array.from({ length: options.threads }, () => undefined)
  }

  /** Threads there are, those that end included. */
  get threadCount(): number {
    return this.#threads.filter((thread) => thread !== undefined).length
  }

  /** Whether an answer is expected of any thread. */
  get isBusy(): boolean {
    return this.#threads.some((thread) => thread?.isBusy)
  }

  /** Memories that a thread holds. */
  get memoryCount(): number {
    return new Set(this.#threads.flatMap((thread) => [...(thread?.memories ?? [])])).size
  }

  /** Threads to help with a scan, by their places: of two scans at a time each gets all of them. */
  threadsFor(logger: Logger): ReadonlyMap<number, ScanThread> {
    this.#lastLogger = logger
    const found = new Map<number, ScanThread>()
    for (const place of this.#threads.keys()) {
      const thread = this.#threads[place] ?? this.#start(place)
      if (thread !== undefined && !thread.isRetired) found.set(place, thread)
    }
    if (this.#failure !== undefined) this.#tell(logger)
    else this.#expectIdleness()
    return found
  }

  /** To be called when a memory is done with: no thread holds it for longer than its last task takes. */
  release(memory: ScanMemory): void {
    const number = this.#numbers.get(memory)
    if (number !== undefined) this.#retire(number)
  }

  /** Ends all threads that are not at work, and those that are after that. @returns when they are gone. */
  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const threads = this.#threads.filter((thread) => thread !== undefined)
    for (const thread of threads) thread.retire()
    await Promise.all(threads.map((thread) => thread.gone))
  }

  #numberOf(memory: ScanMemory): number {
    const known = this.#numbers.get(memory)
    if (known !== undefined) return known
    const number = ++this.#lastNumber
    this.#numbers.set(memory, number)
    // Whoever forgets to release it.
    this.#collected.register(memory, number)
    return number
  }

  /** The thread ends with it: only that frees the memory at once, since an idle thread collects no garbage. */
  #retire(number: number): void {
    for (const thread of this.#threads) if (thread?.memories.has(number)) thread.retire()
  }

  #start(place: number): ScanThread | undefined {
    if (this.#failure !== undefined) return undefined
    try {
      const thread = new ScanThread(
        this.options.file(),
        (memory) => this.#numberOf(memory),
        (end) => {
          this.#threads[place] = undefined
          this.#onEnd(end)
        },
      )
      this.#threads[place] = thread
      return thread
    } catch (error) {
      this.#fail(String(error))
      return undefined
    }
  }

  #onEnd({ wasRetired, wasReady, hasAnswered, error }: ThreadEnd): void {
    if (wasRetired) return
    if (hasAnswered) this.#losses = 0
    else this.#losses += 1
    if (wasReady && this.#losses < mostLosses) return
    this.#fail(error === undefined ? 'the thread has ended' : String(error))
  }

  #fail(reason: string): void {
    this.#failure = reason
    void this.end()
    if (this.#lastLogger !== undefined) this.#tell(this.#lastLogger)
  }

  #tell(logger: Logger): void {
    if (this.#told.has(logger)) return
    this.#told.add(logger)
    logger.warn(`large searches use one thread only, because no other can be started: ${this.#failure}`)
  }

  #expectIdleness(): void {
    if (this.#timer !== undefined) {
      this.#timer.refresh()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.isBusy) this.#expectIdleness()
      else void this.end()
    }, this.options.idle).unref()
  }
}

/** Memory is what a scan waits for, and more processors than a few wait for the same. */
const mostThreads = 3

/** The pool of this process, of which each thread that opens stores has its own. */
export const scanPool = new ScanPool({
  threads: Math.min(mostThreads, availableParallelism() - 1),
  leastBytes: 1 << 24,
  idle: 10_000,
  file: workerFile,
})

/** A thread cannot run sources in TypeScript. Tests, which do, have the threads run what was built of them. */
function workerFile(): URL {
  const here = import.meta.url
  return new URL(here.endsWith('.ts') ? '../../dist/search/scan-worker.js' : './scan-worker.js', here)
}
