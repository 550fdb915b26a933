/** Row numbers that can be read in order: an array of them, or a view of a list. */
export interface Rows extends Iterable<number> {
  readonly length: number
  readonly [index: number]: number
  slice(start?: number, end?: number): Rows
  at(index: number): number | undefined
}

/**
 * Rows in the order of their records' positions. A view that was handed out never changes, so that a reader can go on
 * with it while records come and go: adding writes behind every view, everything else works on a copy of its own.
 */
export class RowList {
  readonly #positionOf: (row: number) => number
  #rows: Int32Array = new Int32Array(4)
  #length = 0
  #removed = 0
  #isShared = false

  constructor(positionOf: (row: number) => number) {
    this.#positionOf = positionOf
  }

  get length(): number {
    return this.#length
  }

  view(): Rows {
    this.#isShared = true
    return this.#rows.subarray(0, this.#length)
  }

  /** Begins with these rows, which are in order. Takes the array over. */
  fill(rows: Int32Array): void {
    this.#rows = rows
    this.#length = rows.length
  }

  /** Mostly behind all others; a record that has changed its owner comes between them. */
  add(row: number): void {
    const position = this.#positionOf(row)
    if (this.#length === 0 || this.#positionOf(this.#row(this.#length - 1)) < position) this.#push(row)
    else this.#insert(this.#firstFrom(position), row)
  }

  /** Puts a row in the place of one that has the same position. */
  replace(before: number, row: number): void {
    const index = this.#indexOf(before)
    this.#own()
    this.#rows[index] = row
  }

  /** Marks a row as removed; many of them leave together at the next {@link sweep}. */
  remove(row: number): void {
    const index = this.#indexOf(row)
    this.#own()
    this.#rows[index] = ~row
    this.#removed += 1
  }

  sweep(): void {
    if (this.#removed === 0) return
    let kept = 0
    for (let index = 0; index < this.#length; index++) {
      const row = this.#rows[index] ?? 0
      if (row >= 0) this.#rows[kept++] = row
    }
    this.#length = kept
    this.#removed = 0
  }

  /** The row at this position, if there is one. */
  find(position: number): number | undefined {
    const index = this.#firstFrom(position)
    const row = this.#rows[index] ?? -1
    return index < this.#length && row >= 0 && this.#positionOf(row) === position ? row : undefined
  }

  /** The row at an index, also of one that is only marked as removed. */
  #row(index: number): number {
    const row = this.#rows[index] ?? 0
    return row < 0 ? ~row : row
  }

  #indexOf(row: number): number {
    let index = this.#firstFrom(this.#positionOf(row))
    // A record that was removed and put back in one transaction stands behind its removed self.
    while (this.#rows[index] !== row) {
      index += 1
      if (index >= this.#length) throw new RangeError(`row ${row} is not in the list`)
    }
    return index
  }

  #firstFrom(position: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#positionOf(this.#row(middle)) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  #push(row: number): void {
    if (this.#length === this.#rows.length) {
      const larger = new Int32Array(Math.max(4, this.#length + (this.#length >> 1)))
      larger.set(this.#rows)
      this.#rows = larger
      this.#isShared = false
    }
    this.#rows[this.#length] = row
    this.#length += 1
  }

  #insert(index: number, row: number): void {
    this.#own()
    this.#push(row)
    this.#rows.copyWithin(index + 1, index, this.#length - 1)
    this.#rows[index] = row
  }

  #own(): void {
    if (!this.#isShared) return
    this.#rows = this.#rows.slice(0, Math.max(4, this.#length))
    this.#isShared = false
  }
}

/** The part of some rows whose records come behind a position. */
export function rowsBehind(rows: Rows, position: number, positionOf: (row: number) => number): Rows {
  const from = firstBehind(rows, position, positionOf)
  return from === 0 ? rows : rows.slice(from)
}

export function hasRow(rows: Rows, row: number, positionOf: (row: number) => number): boolean {
  return rows[firstBehind(rows, positionOf(row), positionOf) - 1] === row
}

function firstBehind(rows: Rows, position: number, positionOf: (row: number) => number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (positionOf(rows[middle] ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low
}
