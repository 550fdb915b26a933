import { setImmediate } from 'node:timers/promises'

/** Milliseconds of work at once. What cannot be cut, such as decoding a group of texts or a list, adds to them. */
const sliceLength = 1

/** Cuts long work into slices, so that the event loop gets its turn in between. */
export class WorkSlices {
  readonly signal: AbortSignal | undefined
  #end: number

  /** @param signal of who wants the work done; looked at between two slices. */
  constructor(signal: AbortSignal | undefined) {
    this.signal = signal
    this.#end = performance.now() + sliceLength
  }

  /** Whether it is time for {@link rest}. */
  get isOver(): boolean {
    return performance.now() >= this.#end
  }

  /** @throws the signal's reason. */
  requireWanted(): void {
    this.signal?.throwIfAborted()
  }

  /** @throws the signal's reason. */
  async rest(): Promise<void> {
    await setImmediate()
    this.requireWanted()
    this.#end = performance.now() + sliceLength
  }
}
