import fs, { type NoParamCallback } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

type SyncCall = (descriptor: number, done: NoParamCallback) => void

/**
 * Counts how often this process asks the kernel to sync a file, by standing in for Node's own `fsync` and
 * `fdatasync`. Who uses it has to check that the count moves: calls through a `FileHandle` go another way.
 */
export class SyncCounter implements Disposable {
  readonly #fsync = fs.fsync
  readonly #fdatasync = fs.fdatasync
  #count = 0

  constructor() {
    const counting =
      (sync: SyncCall): SyncCall =>
      (descriptor, done) => {
        this.#count += 1
        sync(descriptor, done)
      }
    this.#install(counting(this.#fsync), counting(this.#fdatasync))
  }

  get count(): number {
    return this.#count
  }

  [Symbol.dispose](): void {
    this.#install(this.#fsync, this.#fdatasync)
  }

  #install(fsync: SyncCall, fdatasync: SyncCall): void {
    Object.assign(fs, { fsync, fdatasync })
    syncBuiltinESMExports()
  }
}
