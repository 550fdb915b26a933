import { KthLargest } from './kth-largest.js'

/** Rows that can be among the best, with what their exact scores lie between. */
export interface Candidates {
  /** In the order in which they were offered. */
  readonly rows: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
}

/** As {@link Candidates}, in arrays of any kind. */
export interface CandidateList {
  readonly rows: ArrayLike<number>
  readonly lower: ArrayLike<number>
  readonly upper: ArrayLike<number>
}

/** Below every score, and finite, since a row without a direction has an upper bound of minus infinity. */
const belowAllScores = -2

/**
 * Collects the rows whose upper bound reaches the k-th largest lower bound of all rows offered: k rows score at least
 * that, so that a row below it is not among the best k, whatever the tie rule. docs/exact-search.md, "Pruning".
 */
export class CandidateSet {
  readonly #lowerBounds: KthLargest
  #least: number
  readonly #rows: number[] = []
  readonly #lower: number[] = []
  readonly #upper: number[] = []

  /** @param limit how many of the best rows are wanted, at least 1. @param minScore inclusive. */
  constructor(limit: number, minScore: number) {
    this.#lowerBounds = new KthLargest(limit)
    this.#least = Math.max(minScore, belowAllScores)
  }

  /** A row whose exact score is below this is not wanted; it never falls. */
  get threshold(): number {
    return Math.max(this.#least, this.#lowerBounds.value)
  }

  /**
   * Takes over the threshold of a set of other rows.
   * @param threshold at most a k-th largest lower bound of any rows that are all searched.
   */
  raise(threshold: number): void {
    this.#least = Math.max(this.#least, threshold)
  }

  offer(row: number, lower: number, upper: number): void {
    if (!(upper >= this.threshold)) return
    this.#lowerBounds.offer(lower)
    this.#rows.push(row)
    this.#lower.push(lower)
    this.#upper.push(upper)
  }

  /** Those that reach the threshold as it is now. */
  survivors(): Candidates {
    const { threshold } = this
    const kept = { rows: [] as number[], lower: [] as number[], upper: [] as number[] }
    for (let at = 0; at < this.#rows.length; at++) {
      const upper = this.#upper[at] ?? 0
      if (upper < threshold) continue
      kept.rows.push(this.#rows[at] ?? 0)
      kept.lower.push(this.#lower[at] ?? 0)
      kept.upper.push(upper)
    }
    return kept
  }
}
