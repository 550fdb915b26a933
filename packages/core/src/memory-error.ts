import { type ErrorCode, errorCodes } from './error-codes.js'

/**
 * The one error class for everything that can go wrong at run time. Test `code`, never the message.
 * A mistake in the calling program is a plain `TypeError` or `RangeError` instead and is not meant to be caught.
 * Messages never contain secrets.
 */
export class MemoryError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string = errorCodes[code], options?: ErrorOptions) {
    super(message, options)
    this.name = 'MemoryError'
    this.code = code
  }
}
