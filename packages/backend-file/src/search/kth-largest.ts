/** The k-th largest of any number of values, in a heap of k whose root is the smallest one kept. */
export class KthLargest {
  readonly #heap: Float64Array
  #size = 0

  /** @param k at least 1. */
  constructor(k: number) {
    if (!(k >= 1)) throw new RangeError(`there is no largest value number ${k}`)
    this.#heap = new Float64Array(k)
  }

  /** `-Infinity` while there are fewer than k. */
  get value(): number {
    return this.#size < this.#heap.length ? Number.NEGATIVE_INFINITY : (this.#heap[0] ?? 0)
  }

  offer(value: number): void {
    const heap = this.#heap
    if (this.#size < heap.length) {
      let at = this.#size
      this.#size += 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        const above = heap[parent] ?? 0
        if (above <= value) break
        heap[at] = above
        at = parent
      }
      heap[at] = value
      return
    }
    if (value <= (heap[0] ?? 0)) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child += 1
      const below = heap[child] ?? 0
      if (below >= value) break
      heap[at] = below
      at = child
    }
    heap[at] = value
  }
}
