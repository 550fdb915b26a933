import { isDeepStrictEqual } from 'node:util'
import { snapshotAt, type VersionSnapshot } from './version-history.js'

export interface SnapshotMoment {
  /** The last commit that had been acknowledged before the read began. */
  readonly acknowledged: number
  /** The last commit that had been sent to the writer when the read ended. */
  readonly sent: number
}

/** Checks what one reader sees, snapshot after snapshot. */
export class SnapshotChecker {
  #last = 0
  readonly #commits = new Set<number>()

  /** How many different commits were seen. */
  get commits(): number {
    return this.#commits.size
  }

  get last(): number {
    return this.#last
  }

  /**
   * @throws {Error} for a snapshot that is not the state after one commit, or after one that is older than what this
   * reader has seen or than what was acknowledged, or after one that nobody sent.
   */
  check(snapshot: VersionSnapshot, { acknowledged, sent }: SnapshotMoment): void {
    const k = commitOf(snapshot)
    if (k === undefined) throw new Error(`no commit leaves ${JSON.stringify(snapshot)}`)
    if (k < this.#last) throw new Error(`after commit ${this.#last} a reader saw ${k}`)
    if (k < acknowledged) throw new Error(`commit ${acknowledged} was acknowledged, a reader saw ${k}`)
    if (k > sent) throw new Error(`commit ${sent} was the last one sent, a reader saw ${k}`)
    this.#last = k
    this.#commits.add(k)
  }
}

function commitOf(snapshot: VersionSnapshot): number | undefined {
  const version = snapshot[0]?.[1] ?? 0
  return [version, version + 1].find((k) => isDeepStrictEqual(snapshotAt(k), snapshot))
}
