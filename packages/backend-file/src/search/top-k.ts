/** A row and how well it matches. */
export interface ScoredRow {
  readonly row: number
  readonly score: number
}

/**
 * Keeps the best `limit` of any number of rows in a heap whose root is the worst one kept. Of equal scores the lower
 * row is better.
 */
export class TopK {
  readonly #limit: number
  readonly #heap: ScoredRow[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  offer(row: number, score: number): void {
    const heap = this.#heap
    const candidate = { row, score }
    if (heap.length < this.#limit) {
      heap.push(candidate)
      this.#raise(heap.length - 1)
      return
    }
    const worst = heap[0]
    if (worst === undefined || !isWorse(worst, candidate)) return
    heap[0] = candidate
    this.#sink()
  }

  /** Best first. */
  sorted(): readonly ScoredRow[] {
    return [...this.#heap].sort((a, b) => b.score - a.score || a.row - b.row)
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
      const worse = b !== undefined && isWorse(b, a) ? right : left
      if (!this.#swapIfWorse(worse, at)) return
      at = worse
    }
  }

  #swapIfWorse(child: number, parent: number): boolean {
    const [a, b] = [this.#heap[child], this.#heap[parent]]
    if (a === undefined || b === undefined || !isWorse(a, b)) return false
    this.#heap[child] = b
    this.#heap[parent] = a
    return true
  }
}

function isWorse(a: ScoredRow, b: ScoredRow): boolean {
  return a.score < b.score || (a.score === b.score && a.row > b.row)
}
