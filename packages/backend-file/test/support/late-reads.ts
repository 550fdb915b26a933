import { setImmediate } from 'node:timers/promises'
import { FaultyFileSystem } from './faulty-file-system.js'

/**
 * The real disk at its slowest: what is read into holds something else at first, and gets its content some turns later,
 * or never, when the read fails. Whoever uses a buffer again while it is read into, or before, is found out.
 */
export class LateReads {
  readonly files = new FaultyFileSystem()
  /** One read in so many fails; 0: none. */
  failing = 0
  failed = 0
  readonly #below: (bound: number) => number

  constructor(below: (bound: number) => number) {
    this.#below = below
    const { open } = this.files
    this.files.open = async (path, ...rest) => {
      const file = await open(path, ...rest)
      return {
        ...file,
        read: async (into, position) => {
          into.fill(this.#below(256))
          for (let turns = this.#below(4); turns > 0; turns--) await setImmediate()
          if (this.failing > 0 && this.#below(this.failing) === 0) {
            this.failed += 1
            throw Object.assign(new Error('injected: read'), { code: 'EIO' })
          }
          return file.read(into, position)
        },
      }
    }
  }
}
