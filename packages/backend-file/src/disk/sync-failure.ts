import { systemCode } from './disk-failure.js'

/** Too many files are open. A directory is opened in order to be synced; nothing was asked of the disk then. */
const notAsked = new Set(['EMFILE', 'ENFILE'])

/** What a failed sync is to be thrown as: a {@link SyncFailure}, or the error itself when there was no sync. */
export function syncFailure(cause: unknown): unknown {
  return notAsked.has(systemCode(cause) ?? '') ? cause : new SyncFailure(cause)
}

/** A sync failed: what the system holds of the file may not be what the disk has, however often it is asked again. */
export class SyncFailure extends Error {
  readonly code: string

  constructor(cause: unknown) {
    super('a sync failed', { cause })
    this.code = systemCode(cause) ?? 'EIO'
  }
}
