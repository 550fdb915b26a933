import { type ExactTop, exactTop } from '../file-search/exact-top.js'
import type { SampleRows } from '../file-search/sample-rows.js'
import { topK } from './sizes.js'

/** Queries, and what each has to find among the rows of one tenant. */
export class SampleQueries {
  readonly #sample: SampleRows
  readonly #vectors: Float32Array
  readonly #rowAt: (place: number) => number
  #taken = 0

  /** @param rowAt which sample row stands at a place of the tenant. */
  constructor(sample: SampleRows, count: number, rowAt: (place: number) => number) {
    this.#sample = sample
    this.#rowAt = rowAt
    const { dimensions } = sample
    this.#vectors = new Float32Array(count * dimensions)
    for (let place = 0; place < count; place++) {
      sample.vector(rowAt(place), this.#vectors.subarray(place * dimensions, (place + 1) * dimensions))
    }
  }

  /** The next queries, none of which was taken before, with the rows they have to find. */
  take(count: number): ReadonlyMap<number, ExactTop> {
    const first = this.#taken
    this.#taken += count
    return new Map(
      Array.from({ length: count }, (_, index) => {
        const { rows, count: wanted } = exactTop(this.#vectors, this.#sample.query(first + index), topK)
        return [first + index, { rows: new Set([...rows].map(this.#rowAt)), count: wanted }]
      }),
    )
  }
}
