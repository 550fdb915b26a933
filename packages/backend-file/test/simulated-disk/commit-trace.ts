/**
 * `pending`: under way. `acked`: promised. `rejected`: promised not to be there. `unknown`: failed in a way that only
 * opening the store again can settle.
 */
export type CommitOutcome = 'pending' | 'acked' | 'rejected' | 'unknown'

/** What a history has asked the store to do and what it was told, in the order in which commits take effect. */
export class CommitTrace<Commit> {
  readonly #commits: { readonly commit: Commit; outcome: CommitOutcome }[] = []
  #revision = 0

  get revision(): number {
    return this.#revision
  }

  /** Runs one commit and notes its outcome. */
  async run(commit: Commit, action: () => Promise<unknown>, isUnknown: () => boolean): Promise<void> {
    const entry = { commit, outcome: 'pending' as CommitOutcome }
    this.#commits.push(entry)
    this.#revision += 1
    try {
      await action()
      entry.outcome = 'acked'
    } catch {
      entry.outcome = isUnknown() ? 'unknown' : 'rejected'
    }
    this.#revision += 1
  }

  count(outcome: CommitOutcome): number {
    return this.#commits.filter((entry) => entry.outcome === outcome).length
  }

  /**
   * The lists of commits that may be found after a crash now: all up to some commit, none that was rejected, and
   * nothing that was promised missing.
   * @param keepsAcked false where a power cut may take what was acknowledged.
   */
  allowed(keepsAcked: boolean): readonly (readonly Commit[])[] {
    const entries = this.#commits.filter(({ outcome }) => outcome !== 'rejected')
    const lastAcked = keepsAcked ? entries.findLastIndex(({ outcome }) => outcome === 'acked') + 1 : 0
    const lists: Commit[][] = []
    for (let count = lastAcked; count <= entries.length; count++) {
      lists.push(entries.slice(0, count).map(({ commit }) => commit))
    }
    return lists
  }
}
