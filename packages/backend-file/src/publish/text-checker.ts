import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import type { TextPlace } from '../disk/place.js'
import { damagedText } from '../records/checked-text.js'
import type { TextRanges } from './compose-texts.js'

const comma = 0x2c
const open = 0x5b
const close = 0x5d

/**
 * Looks at the bytes of a new file of records on their way to the disk, so that damage is not copied: every record must
 * be what the index knows it to be, and what stands between two of them what belongs there.
 */
export class TextChecker {
  readonly #ranges: TextRanges
  /** Where the text of each record is copied from, for messages. */
  readonly #sourceOf: (at: number) => TextPlace
  /** Of the next byte. */
  #position = 0
  /** The record that it belongs to, or that comes next. */
  #at = 0
  #checksum = 0
  #commas = 0

  constructor(ranges: TextRanges, sourceOf: (at: number) => TextPlace) {
    this.#ranges = ranges
    this.#sourceOf = sourceOf
  }

  /** The next bytes of the file. @throws {MemoryError} `CORRUPT`, naming the place in the file that they come from. */
  push(bytes: Uint8Array): void {
    const { offsets, lengths, checksums } = this.#ranges
    for (let from = 0; from < bytes.length; ) {
      const isSet = this.#at < this.#ranges.filled
      const start = isSet ? (offsets[this.#at] ?? 0) : Number.POSITIVE_INFINITY
      if (this.#position < start) {
        const to = Math.min(bytes.length, from + start - this.#position)
        this.#between(bytes, from, to)
        this.#position += to - from
        from = to
        continue
      }
      if (this.#position === start && this.#commas !== (this.#at === 0 ? 0 : 1)) throw this.#damagedBetween()
      const end = start + (lengths[this.#at] ?? 0)
      const to = Math.min(bytes.length, from + end - this.#position)
      this.#checksum = crc32(bytes.subarray(from, to), this.#checksum)
      this.#position += to - from
      from = to
      if (this.#position < end) continue
      if (this.#checksum !== checksums[this.#at]) throw damagedText(this.#sourceOf(this.#at))
      this.#at += 1
      this.#checksum = this.#commas = 0
    }
  }

  #between(bytes: Uint8Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const byte = bytes[index]
      if (byte === comma) this.#commas += 1
      else if (byte === open || byte === close) {
        // Only the two that enclose the whole list, which we write ourselves.
        if (byte === open ? this.#position + index - from > 0 : this.#at < this.#ranges.offsets.length)
          throw this.#damagedBetween()
      } else if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
        throw this.#damagedBetween()
    }
  }

  #damagedBetween(): MemoryError {
    const { file, offset, length } = this.#sourceOf(Math.max(0, this.#at - 1))
    return new MemoryError(
      'CORRUPT',
      `${file.path} is damaged behind the record that ends at byte ${offset + length}: something else than a comma stands between two records`,
    )
  }
}
