import { MemoryError } from '@holdfast/core'

/**
 * The connection broke while a write was being committed, and the server could not be asked in time whether it was.
 * Its `code` is `CONNECTION`. Read the records before the write is repeated, or repeat it in a way that may happen
 * twice, such as an insert with `onConflict: 'ignore'`. Every other error means that nothing was written.
 */
export class OutcomeUnknownError extends MemoryError {
  constructor(reason: string, options?: ErrorOptions) {
    super('CONNECTION', `it is not known whether the write was stored: ${reason}`, options)
    this.name = 'OutcomeUnknownError'
  }
}
