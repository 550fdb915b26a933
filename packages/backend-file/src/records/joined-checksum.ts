import { crc32 } from 'node:zlib'

/** The polynomial of CRC-32, its lowest bit that of the highest power. */
const polynomial = 0xed_b8_83_20
/** The polynomial 1 in the same order. */
const one = 0x80_00_00_00
/** x⁸: what one more byte multiplies by. */
const oneByte = 0x00_80_00_00
/** Bytes up to which a loop is faster than a call of zlib. */
const fewBytes = 16
/** Lengths whose factors are kept. */
const mostFactors = 4096

const ofByte = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

/**
 * The CRC-32 of bytes that come in parts, of which some have a checksum already: these are not gone over again. What
 * follows part B after A has the checksum `crc(A) · x^(8·|B|) + crc(B)` modulo the polynomial, as zlib's
 * `crc32_combine` computes it.
 */
export class JoinedChecksum {
  readonly #factors = new Map<number, number>()
  #value = 0

  /** Of all bytes so far. */
  get value(): number {
    return this.#value >>> 0
  }

  /** Goes over the bytes that follow. */
  add(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > fewBytes) {
      this.#value = crc32(bytes.subarray(from, to), this.value)
      return
    }
    let value = ~this.#value
    for (let at = from; at < to; at++)
      value = (ofByte[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (value >>> 8)
    this.#value = ~value
  }

  /** @param checksum of the bytes that follow. @param length how many these are. */
  join(checksum: number, length: number): void {
    this.#value = product(this.#factor(length), this.#value) ^ checksum
  }

  /** x^(8·length). */
  #factor(length: number): number {
    const known = this.#factors.get(length)
    if (known !== undefined) return known
    let factor = one
    for (let left = length, power = oneByte; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) factor = product(factor, power)
      power = product(power, power)
    }
    if (this.#factors.size === mostFactors) this.#factors.clear()
    this.#factors.set(length, factor)
    return factor
  }
}

/** Of two polynomials, modulo that of CRC-32. Has no branches, which no processor would foresee. */
function product(a: number, b: number): number {
  let sum = 0
  let multiple = b
  for (let bit = 31; bit >= 0; bit--) {
    sum ^= multiple & -((a >>> bit) & 1)
    multiple = (multiple >>> 1) ^ (polynomial & -(multiple & 1))
  }
  return sum
}
