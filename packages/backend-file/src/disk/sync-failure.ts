import { systemCode } from './disk-failure.js'

/** A sync failed: what the system holds of the file may not be what the disk has, however often it is asked again. */
export class SyncFailure extends Error {
  readonly code: string

  constructor(cause: unknown) {
    super('a sync failed', { cause })
    this.code = systemCode(cause) ?? 'EIO'
  }
}
