/** Milliseconds of work at once. */
const sliceLength = 1
/** Milliseconds up to which a turn of the event loop counts as one in which nobody had anything to do. */
const idleTurn = 0.2
/** Milliseconds without such work after which it seems to have ended. */
const leastIdle = 1
/** Milliseconds for which others may have the event loop to themselves. */
const longestRest = 20

/**
 * Work that is divided into pieces, and leaves the event loop to others between them: for a turn, and as long as they
 * need it while something goes on that shall not wait for this work.
 */
export class BackgroundWork {
  readonly #goesFirst: () => boolean
  #end = performance.now() + sliceLength

  /** @param goesFirst says whether there is something now that shall not wait. */
  constructor(goesFirst: () => boolean) {
    this.#goesFirst = goesFirst
  }

  /** Whether {@link rest} is due. */
  get isDue(): boolean {
    return performance.now() >= this.#end
  }

  async rest(): Promise<void> {
    await this.#othersAreIdle()
    this.#end = performance.now() + sliceLength
  }

  #othersAreIdle(): Promise<void> {
    const start = performance.now()
    let before = start
    let idleFrom = start - leastIdle
    return new Promise((resolve) => {
      const look = () => {
        const now = performance.now()
        if (now - before > idleTurn) idleFrom = now
        if (now - idleFrom >= leastIdle || now - start > longestRest || !this.#goesFirst()) return resolve()
        before = now
        setImmediate(look)
      }
      setImmediate(look)
    })
  }
}
