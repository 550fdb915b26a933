import type { MemoryError } from '@holdfast/core'

/** The memory directory could not be opened or read. */
export class OpenFailure extends Error {
  readonly reason: MemoryError

  constructor(reason: MemoryError) {
    super(reason.message, { cause: reason })
    this.name = 'OpenFailure'
    this.reason = reason
  }
}
