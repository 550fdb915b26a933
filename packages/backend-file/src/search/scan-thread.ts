import { Worker } from 'node:worker_threads'
import type { ScanMemory } from './quantised-rows.js'
import type { ScannedPart, ScanReply, ScanRequest, ScanTask } from './scan-task.js'

/** A task that was given to a thread. */
export interface Asked {
  /** What the thread has found; `undefined` when it came to harm, or the task was taken back. */
  readonly part: Promise<ScannedPart | undefined>
  /** Expects no answer any more; the thread has not begun and never will. */
  takeBack(): void
}

/** How a thread has ended. */
export interface ThreadEnd {
  /** Whether it was told to. */
  readonly wasRetired: boolean
  readonly wasReady: boolean
  /** Whether it has ever answered. */
  readonly hasAnswered: boolean
  /** What it threw; `undefined` when it threw nothing. */
  readonly error: unknown
}

/** A scan leaves little behind. With more room for young objects, a thread would fill it before it collects any. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 } as const

/**
 * One worker thread. It keeps the process alive only while an answer is expected of it. It takes one task after the
 * other, so that each memory needs one area for it.
 */
export class ScanThread {
  /** Resolves when nothing of it runs any more. */
  readonly gone: Promise<void>
  readonly #worker: Worker
  readonly #numberOf: (memory: ScanMemory) => number
  readonly #expected = new Map<number, (part: ScannedPart | undefined) => void>()
  readonly #memories = new Set<number>()
  #isReady = false
  #isRetired = false
  #hasAnswered = false
  #error: unknown
  #last = 0

  /**
   * @param numberOf names a memory, without holding it.
   * @param onEnd called when the thread is gone and nothing of it runs any more.
   * @throws what `new Worker` throws.
   */
  constructor(file: URL, numberOf: (memory: ScanMemory) => number, onEnd: (end: ThreadEnd) => void) {
    this.#numberOf = numberOf
    // Neither options nor preloads of the program: they would make each start slow, and may expect its main file.
    this.#worker = new Worker(file, { name: 'holdfast-scan', execArgv: [], env: {}, resourceLimits })
    this.#worker.on('message', (reply: ScanReply) => this.#onReply(reply))
    // Only now: a listener for messages keeps the process alive again.
    this.#worker.unref()
    this.#worker.on('error', (error) => {
      this.#error = error
    })
    this.gone = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        resolve()
        const wasRetired = this.#isRetired
        this.#isRetired = true
        for (const number of [...this.#expected.keys()]) this.#settle(number, undefined)
        onEnd({ wasRetired, wasReady: this.#isReady, hasAnswered: this.#hasAnswered, error: this.#error })
      })
    })
  }

  /** Whether it takes no tasks any more. */
  get isRetired(): boolean {
    return this.#isRetired
  }

  get isBusy(): boolean {
    return this.#expected.size > 0
  }

  /** Numbers of the memories that it holds. */
  get memories(): ReadonlySet<number> {
    return this.#memories
  }

  ask(memory: ScanMemory, task: ScanTask): Asked {
    const number = ++this.#last
    const known = this.#numberOf(memory)
    const request: ScanRequest = { number, memory: known, task }
    this.#worker.postMessage(this.#memories.has(known) ? request : { ...request, introduced: memory })
    this.#memories.add(known)
    const part = new Promise<ScannedPart | undefined>((resolve) => this.#expected.set(number, resolve))
    this.#worker.ref()
    return { part, takeBack: () => this.#settle(number, undefined) }
  }

  /** Ends when no answer is expected any more. */
  retire(): void {
    this.#isRetired = true
    if (!this.isBusy) void this.#worker.terminate()
  }

  #onReply(reply: ScanReply): void {
    switch (reply.type) {
      case 'ready':
        this.#isReady = true
        return
      case 'scanned':
        this.#hasAnswered = true
        this.#settle(reply.number, reply.part)
        return
      default:
        reply satisfies never
    }
  }

  #settle(number: number, part: ScannedPart | undefined): void {
    this.#expected.get(number)?.(part)
    if (!this.#expected.delete(number) || this.isBusy) return
    this.#worker.unref()
    if (this.#isRetired) void this.#worker.terminate()
  }
}
