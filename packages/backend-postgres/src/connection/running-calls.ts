import { type MemoryError, onAbort } from '@holdfast/core'

/** A call in flight. */
export interface RunningCall {
  /** Set by {@link RunningCalls.endAll}: not even a commit is waited for any more. */
  readonly endedBy: MemoryError | undefined
  /** Aborted by the caller's own signal and by {@link RunningCalls.endAll}. */
  readonly signal: AbortSignal
  /** To be called when the call is over. */
  end(): void
}

/** The calls in flight, all of which can be ended, and the work they leave behind, which can be waited for. */
export class RunningCalls {
  readonly #controllers = new Set<AbortController>()
  readonly #work = new Set<Promise<unknown>>()
  #endedBy: MemoryError | undefined

  begin(signal: AbortSignal | undefined): RunningCall {
    const controller = new AbortController()
    const abort = () => controller.abort(signal?.reason)
    if (signal?.aborted) abort()
    const off = onAbort(signal, abort)
    this.#controllers.add(controller)
    const endedBy = () => (this.#controllers.has(controller) ? this.#endedBy : undefined)
    return {
      get endedBy() {
        return endedBy()
      },
      signal: controller.signal,
      end: () => {
        off()
        this.#controllers.delete(controller)
      },
    }
  }

  /** Remembers work until it is over. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work)
    const forget = () => this.#work.delete(work)
    work.then(forget, forget)
    return work
  }

  /** Makes every call reject with the reason, as if its own signal had been aborted. */
  endAll(reason: MemoryError): void {
    this.#endedBy = reason
    for (const controller of this.#controllers) controller.abort(reason)
  }

  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }
}
