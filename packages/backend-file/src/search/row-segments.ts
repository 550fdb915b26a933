/**
 * Rows as pairs of int32, the first row of a segment and the one behind its last: ascending, without an overlap. What a
 * filter has left of an owner's rows, or all of them as one pair.
 */
export type RowSegments = Int32Array

/** @param rows ascending, each once. */
export function segmentsOf(rows: Iterable<number>): RowSegments {
  let pairs = new Int32Array(8)
  let length = 0
  let last = -1
  for (const row of rows) {
    if (length > 0 && row === last + 1) {
      pairs[length - 1] = row + 1
    } else {
      if (row <= last) throw new RangeError(`row ${row} comes behind row ${last}`)
      if (length === pairs.length) {
        pairs = larger(pairs)
      }
      pairs[length] = row
      pairs[length + 1] = row + 1
      length += 2
    }
    last = row
  }
  return pairs.subarray(0, length)
}

/** As {@link segmentsOf}, for rows in any order, each once: as fast when they are in runs. */
export function sortedSegmentsOf(rows: Int32Array): RowSegments {
  let [starts, ends] = [new Int32Array(4), new Int32Array(4)]
  let count = 0
  let end = -1
  let isAscending = true
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0
    if (row === end) {
      ends[count - 1] = ++end
      continue
    }
    if (row < end) isAscending = false
    if (count === starts.length) [starts, ends] = [larger(starts), larger(ends)]
    end = row + 1
    starts[count] = row
    ends[count++] = end
  }
  // None overlaps another, so that the first start and the first end belong together again.
  const [from, to] = [starts.subarray(0, count), ends.subarray(0, count)]
  if (!isAscending) for (const part of [from, to]) part.sort()
  const pairs = new Int32Array(count * 2)
  let length = 0
  for (let at = 0; at < count; at++) {
    const start = from[at] ?? 0
    if (length > 0 && start === pairs[length - 1]) length -= 1
    else pairs[length++] = start
    pairs[length++] = to[at] ?? 0
  }
  return pairs.subarray(0, length)
}

/** The rows of both, which have none in common. */
export function mergedSegments(one: RowSegments, other: RowSegments): RowSegments {
  const pairs = new Int32Array(one.length + other.length)
  let length = 0
  for (let a = 0, b = 0; a < one.length || b < other.length; ) {
    const isFirst = b === other.length || (a < one.length && (one[a] ?? 0) < (other[b] ?? 0))
    const [list, at] = isFirst ? [one, a] : [other, b]
    if (length > 0 && list[at] === pairs[length - 1]) length -= 1
    else pairs[length++] = list[at] ?? 0
    pairs[length++] = list[at + 1] ?? 0
    if (isFirst) a += 2
    else b += 2
  }
  return pairs.subarray(0, length)
}

function larger(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(values.length * 2)
  copy.set(values)
  return copy
}

/** How many rows there are. */
export function countRows(segments: RowSegments): number {
  let count = 0
  for (let at = 0; at < segments.length; at += 2) count += (segments[at + 1] ?? 0) - (segments[at] ?? 0)
  return count
}

/** Hands out the rows of segments in their order, as many as are asked for at a time. */
export class SegmentReader {
  readonly #segments: RowSegments
  #at = 0
  #taken = 0

  constructor(segments: RowSegments) {
    this.#segments = segments
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#segments.length
  }

  /** Leaves out as many of the next rows. */
  skip(rows: number): void {
    const segments = this.#segments
    for (let left = rows; left > 0 && !this.isAtEnd; ) {
      const length = (segments[this.#at + 1] ?? 0) - (segments[this.#at] ?? 0) - this.#taken
      if (left < length) {
        this.#taken += left
        return
      }
      left -= length
      this.#at += 2
      this.#taken = 0
    }
  }

  /** @returns the number of pairs written, which hold up to `rows` rows. @param into has room for a pair a row. */
  read(into: Int32Array, rows: number): number {
    const segments = this.#segments
    let written = 0
    for (let left = rows; left > 0 && !this.isAtEnd; ) {
      const from = (segments[this.#at] ?? 0) + this.#taken
      const to = segments[this.#at + 1] ?? 0
      const until = Math.min(to, from + left)
      into[written] = from
      into[written + 1] = until
      written += 2
      left -= until - from
      if (until === to) {
        this.#at += 2
        this.#taken = 0
      } else {
        this.#taken += until - from
      }
    }
    return written / 2
  }
}
