import type { WordMatch } from './word-matches.js'

/**
 * Matches from the best to the worst, of equal scores the one inserted first, without sorting more of them than are
 * asked for.
 */
export class BestFirst {
  #rest: WordMatch[]
  readonly #scores: Float64Array
  #given = 0

  constructor(matches: readonly WordMatch[]) {
    this.#rest = [...matches]
    this.#scores = Float64Array.from(matches, ({ score }) => score).sort()
  }

  /** The next ones, at most so many. */
  next(count: number): readonly WordMatch[] {
    const end = Math.min(this.#given + count, this.#scores.length)
    if (end === this.#given) return []
    const lowest = this.#scores[this.#scores.length - end] ?? 0
    const taken = this.#rest.filter(({ score }) => score >= lowest).sort(byRank)
    const next = taken.slice(0, end - this.#given)
    this.#rest = [...taken.slice(next.length), ...this.#rest.filter(({ score }) => score < lowest)]
    this.#given = end
    return next
  }
}

function byRank(a: WordMatch, b: WordMatch): number {
  return b.score - a.score || a.position - b.position
}
