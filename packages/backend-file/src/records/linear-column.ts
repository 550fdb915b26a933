import { doubles, grown } from './growing-arrays.js'

/**
 * Numbers by row that follow a rule, `first + row · step`, until one is set that does not: from then on each is kept.
 * Most of a store that is opened follows one, and keeping eight bytes a row for it would be memory for nothing.
 */
export class LinearColumn {
  readonly #first: number
  readonly #step: number
  /** Of rows that were ever set. */
  #count: number
  #values: Float64Array | undefined

  /** @param count rows 0, 1, 2 … that follow the rule from the beginning. */
  constructor(first: number, step: number, count = 0) {
    this.#first = first
    this.#step = step
    this.#count = count
  }

  /** Values that mostly are 1, 2, 3 …. Takes the array over. */
  static of(values: Float64Array): LinearColumn {
    const column = new LinearColumn(1, 1, values.length)
    for (let row = 0; row < values.length; row++) {
      if (values[row] === row + 1) continue
      column.#values = values
      break
    }
    return column
  }

  /** Of a row that was set; of others nobody knows. */
  get(row: number): number {
    return this.#values === undefined ? this.#first + row * this.#step : (this.#values[row] ?? 0)
  }

  set(row: number, value: number): void {
    if (this.#values === undefined) {
      if (value === this.#first + row * this.#step) {
        this.#count = Math.max(this.#count, row + 1)
        return
      }
      const values = new Float64Array(this.#count)
      for (let each = 0; each < values.length; each++) values[each] = this.#first + each * this.#step
      this.#values = values
    }
    this.#values = grown(this.#values, row + 1, doubles)
    this.#values[row] = value
  }
}
