import type { CommitTrace } from '../simulated-disk/commit-trace.js'
import type { Allowed } from './verify-crash.js'

interface Entry {
  readonly commit: number
  outcome: 'pending' | 'acked' | 'rejected' | 'unknown'
}

/** Keeps account of which writes a store must show, now and when it is opened again. */
export class OutcomeBook implements Pick<CommitTrace<number>, 'run'> {
  #shown: Allowed = [[]]
  #kept: Allowed = [[]]
  #entries: Entry[] = []
  readonly counts = { acked: 0, rejected: 0, unknown: 0 }

  /** Runs a write and takes note of its outcome. Never rejects. */
  async run(commit: number, action: () => Promise<unknown>, isUnknown: () => boolean): Promise<void> {
    const entry: Entry = { commit, outcome: 'pending' }
    this.#entries.push(entry)
    try {
      await action()
      entry.outcome = 'acked'
    } catch {
      entry.outcome = isUnknown() ? 'unknown' : 'rejected'
    }
    this.counts[entry.outcome] += 1
  }

  /** What this session must show: all that was acknowledged and nothing else. No write may be under way. */
  get shown(): Allowed {
    this.#settle()
    return this.#shown
  }

  /** What may be found when the store is opened again. No write may be under way. */
  get kept(): Allowed {
    this.#settle()
    return this.#kept
  }

  /** The store was opened again and showed one of `kept`. */
  opened(found: Allowed): void {
    this.#settle()
    this.#shown = this.#kept = found
  }

  #settle(): void {
    for (const { commit, outcome } of this.#entries.splice(0)) {
      if (outcome === 'pending') throw new RangeError('a write is under way')
      if (outcome === 'rejected') continue
      const withIt = (lists: Allowed) => lists.map((commits) => [...commits, commit])
      this.#kept = outcome === 'acked' ? withIt(this.#kept) : [...this.#kept, ...withIt(this.#kept)]
      if (outcome === 'acked') this.#shown = withIt(this.#shown)
    }
  }
}
