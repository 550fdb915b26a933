/** A row and how well it matches. */
export interface ScoredRow {
  readonly row: number
  readonly score: number
}

/**
 * Keeps the best `limit` of any number of rows in a heap whose root is the worst one kept. Of equal scores the row
 * that comes first in the order is better.
 */
export class TopK {
  readonly #limit: number
  readonly #heap: ScoredRow[] = []
  readonly #positionOf: (row: number) => number

  /** @param positionOf a row's place in the order; the lower one comes first. */
  constructor(limit: number, positionOf: (row: number) => number) {
    this.#limit = limit
    this.#positionOf = positionOf
  }

  offer(row: number, score: number): void {
    const heap = this.#heap
    if (heap.length < this.#limit) {
      heap.push({ row, score })
      this.#raise(heap.length - 1)
      return
    }
    const worst = heap[0]
    // Most end here, before anything is made of them.
    if (worst === undefined || score < worst.score) return
    const candidate = { row, score }
    if (!this.#isWorse(worst, candidate)) return
    heap[0] = candidate
    this.#sink()
  }

  /** Best first. */
  sorted(): readonly ScoredRow[] {
    return [...this.#heap].sort(
      (a, b) => b.score - a.score || this.#positionOf(a.row) - this.#positionOf(b.row),
    )
  }

  #raise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfWorse(at, parent)) return
      at = parent
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      const [a, b] = [this.#heap[left], this.#heap[right]]
      if (a === undefined) return
      const worse = b !== undefined && this.#isWorse(b, a) ? right : left
      if (!this.#swapIfWorse(worse, at)) return
      at = worse
    }
  }

  #swapIfWorse(child: number, parent: number): boolean {
    const [a, b] = [this.#heap[child], this.#heap[parent]]
    if (a === undefined || b === undefined || !this.#isWorse(a, b)) return false
    this.#heap[child] = b
    this.#heap[parent] = a
    return true
  }

  #isWorse(a: ScoredRow, b: ScoredRow): boolean {
    if (a.score !== b.score) return a.score < b.score
    return this.#positionOf(a.row) > this.#positionOf(b.row)
  }
}
