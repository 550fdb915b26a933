import { onAbort } from '@holdfast/core'

/**
 * Places in a memory that one scan at a time works in. Whoever finds none free waits for its turn; more scans at once
 * than there are processors would only slow each other down.
 */
export class ScanAreas {
  readonly #free: number[]
  readonly #waiting: ((area: number) => void)[] = []

  /** @param areas their addresses. */
  constructor(areas: readonly number[]) {
    this.#free = areas.toReversed()
  }

  /** @throws the signal's reason. */
  async use<T>(signal: AbortSignal | undefined, work: (area: number) => Promise<T>): Promise<T> {
    const area = this.#free.pop() ?? (await this.#turn(signal))
    try {
      return await work(area)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(area)
      else next(area)
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const take = (area: number) => {
        off()
        resolve(area)
      }
      const off = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(signal?.reason)
      })
      this.#waiting.push(take)
    })
  }
}
