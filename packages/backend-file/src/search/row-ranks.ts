/** How many bits of a byte are set. */
const bitsOf = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/** How many bytes of the table one sum stands for. */
const group = 32

/** A table with a bit for each row, lowest first, that tells how many rows before one are set: its place among them. */
export class RowRanks {
  readonly #present: Uint8Array
  /** Set bits before each group. */
  readonly #sums: Uint32Array

  constructor(present: Uint8Array) {
    this.#present = present
    this.#sums = new Uint32Array(Math.ceil(present.length / group))
    let sum = 0
    for (const at of this.#sums.keys()) {
      this.#sums[at] = sum
      sum += countBits(present, at * group, Math.min(present.length, (at + 1) * group))
    }
  }

  /** `undefined` for a row that is not set. */
  of(row: number): number | undefined {
    const at = row >> 3
    const byte = this.#present[at] ?? 0
    const bit = 1 << (row & 7)
    if ((byte & bit) === 0) return undefined
    const start = at - (at % group)
    const sum = this.#sums[start / group] ?? 0
    return sum + countBits(this.#present, start, at) + (bitsOf[byte & (bit - 1)] ?? 0)
  }
}

/** How many bits are set in the bytes from one on to before another. */
export function countBits(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let count = 0
  for (let at = from; at < to; at++) count += bitsOf[bytes[at] ?? 0] ?? 0
  return count
}
