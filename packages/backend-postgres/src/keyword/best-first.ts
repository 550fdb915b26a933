import type { ScoredPlace } from '../records/records-at.js'

/**
 * Matches from the best to the worst, of equal scores the one inserted first, without sorting more of them than are
 * asked for.
 */
export class BestFirst {
  readonly #positions: readonly number[]
  /** Set to 0 once a match was given. */
  readonly #scores: Float64Array

  /** @param scores by number of a node; those of 0 are no matches. They are used up. */
  constructor(positions: readonly number[], scores: Float64Array) {
    this.#positions = positions
    this.#scores = scores
  }

  /** The next ones, at most so many. */
  next(count: number): readonly ScoredPlace[] {
    const heap = this.#best(count).sort((a, b) => (this.#isWorse(a, b) ? 1 : -1))
    const matches = heap.map((node) => ({
      position: this.#positions[node] ?? 0,
      score: this.#scores[node] ?? 0,
    }))
    for (const node of heap) this.#scores[node] = 0
    return matches
  }

  /** The best of them in a heap, the worst of those first. */
  #best(count: number): number[] {
    const heap: number[] = []
    const scores = this.#scores
    let least = 0
    for (let node = 0; node < scores.length; node++) {
      const score = scores[node] ?? 0
      if (score === 0 || score < least) continue
      if (heap.length < count) {
        heap.push(node)
        this.#rise(heap)
      } else if (this.#isWorse(heap[0] ?? 0, node)) {
        heap[0] = node
        this.#sink(heap)
      }
      if (heap.length === count) least = scores[heap[0] ?? 0] ?? 0
    }
    return heap
  }

  #isWorse(a: number, b: number): boolean {
    const difference = (this.#scores[a] ?? 0) - (this.#scores[b] ?? 0)
    return difference < 0 || (difference === 0 && (this.#positions[a] ?? 0) > (this.#positions[b] ?? 0))
  }

  #rise(heap: number[]): void {
    for (let at = heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1
      if (!this.#isWorse(heap[at] ?? 0, heap[above] ?? 0)) return
      swap(heap, at, above)
      at = above
    }
  }

  #sink(heap: number[]): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= heap.length) return
      const right = left + 1
      const worse = right < heap.length && this.#isWorse(heap[right] ?? 0, heap[left] ?? 0) ? right : left
      if (!this.#isWorse(heap[worse] ?? 0, heap[at] ?? 0)) return
      swap(heap, at, worse)
      at = worse
    }
  }
}

function swap(heap: number[], a: number, b: number): void {
  const value = heap[a] ?? 0
  heap[a] = heap[b] ?? 0
  heap[b] = value
}
