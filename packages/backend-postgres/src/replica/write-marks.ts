import type { Access } from '../connection/access.js'
import type { LogPosition } from './log-position.js'

/** That something was written. Where in the log is not known until a later read of the primary says where it ends. */
export interface WriteMark {
  position: LogPosition | undefined
}

/** Owners that are remembered one by one; with more of them, each is as if all had been written to. */
const maxOwners = 10_000

/**
 * What this process has written, so far as replicas may not have it. An owner's read waits for the owner's own
 * writes and for those that may have touched any owner; the read of a user, or an operator, for all of them.
 */
export class WriteMarks {
  readonly #ofOwners = new Map<string, WriteMark>()
  /** The last write that was not of one owner. */
  #ofAny: WriteMark | undefined
  #last: WriteMark | undefined

  /** @param owners keys of those that were written to; `undefined` for any. */
  add(owners: readonly string[] | undefined): void {
    const mark: WriteMark = { position: undefined }
    this.#last = mark
    if (owners === undefined || this.#ofOwners.size + owners.length > maxOwners) {
      this.#ofOwners.clear()
      this.#ofAny = mark
    } else {
      for (const owner of owners) this.#ofOwners.set(owner, mark)
    }
  }

  /** What a replica must have for a read to see what this process wrote. */
  requiredFor(access: Access): readonly WriteMark[] {
    const marks = access.kind === 'owner' ? [this.#ofOwners.get(access.ownerKey), this.#ofAny] : [this.#last]
    return marks.filter((mark) => mark !== undefined)
  }

  /** Forgets what a replica has. */
  replayed(access: Access, position: LogPosition): void {
    const has = (mark: WriteMark | undefined) => mark?.position !== undefined && mark.position <= position
    if (access.kind === 'owner' && has(this.#ofOwners.get(access.ownerKey))) {
      this.#ofOwners.delete(access.ownerKey)
    }
    if (has(this.#ofAny)) this.#ofAny = undefined
    if (has(this.#last)) {
      this.#last = undefined
      this.#ofOwners.clear()
    }
  }
}
