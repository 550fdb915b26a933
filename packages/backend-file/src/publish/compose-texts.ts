import { crc32 } from 'node:zlib'
import type { Piece } from '../disk/pieces.js'
import type { TextPlace } from '../disk/place.js'
import type { StoredFile } from '../disk/stored-file.js'
import { encodeJsonText } from '../json/json-text.js'
import { checkedText } from '../records/checked-text.js'
import { overlaidText } from '../records/overlaid-text.js'
import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'

/** Where the text of each row will lie in the new file. */
export interface TextRanges {
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** CRC-32 of each text. */
  readonly checksums: Uint32Array
  /** How many are known by now. */
  filled: number
}

/** For so many records, none of which is known yet. */
export function newTextRanges(count: number): TextRanges {
  return {
    offsets: new Float64Array(count),
    lengths: new Uint32Array(count),
    checksums: new Uint32Array(count),
    filled: 0,
  }
}

const start = Buffer.from('[')
const first = Buffer.from('\n  ')
const separator = Buffer.from(',\n  ')

/**
 * The file as `json.dump(indent=2)` of the whole list writes it. Untouched records are copied as raw bytes, and so is
 * what stands between two of them that stood together in the published file.
 * @param published the file that is replaced.
 * @param ranges filled in on the way.
 */
export async function* composeTexts(
  index: RecordIndex,
  rows: Rows,
  published: StoredFile | undefined,
  ranges: TextRanges,
): AsyncGenerator<Piece> {
  let position = 0
  const emit = <P extends Piece>(piece: P, length: number): P => {
    position += length
    return piece
  }
  // Between two records of consecutive positions in the published file there is nothing but white space and a comma.
  const follows = (before: number, row: number) =>
    index.text(row).file === published &&
    index.position(row) === index.position(before) + 1 &&
    index.overlay(row) === undefined
  yield emit(start, start.length)
  for (let at = 0; at < rows.length; ) {
    const lead = at === 0 ? first : separator
    yield emit(lead, lead.length)
    const row = rows[at] ?? 0
    const place = index.text(row)
    const overlay = index.overlay(row)
    if (overlay !== undefined) {
      const bytes = new Uint8Array(place.length)
      await place.file.readHeld(bytes, place.offset)
      const text = encodeJsonText(overlaidText(checkedText(bytes, place), overlay))
      addRange(ranges, { offset: position, length: text.length, crc32: crc32(text) })
      yield emit(text, text.length)
      at += 1
      continue
    }
    const shift = position - place.offset
    let to = at + 1
    while (place.file === published && to < rows.length && follows(rows[to - 1] ?? 0, rows[to] ?? 0)) to += 1
    let end = place.offset
    for (; at < to; at++) {
      const text = index.text(rows[at] ?? 0)
      addRange(ranges, { ...text, offset: text.offset + shift })
      end = text.offset + text.length
    }
    const length = end - place.offset
    yield emit({ file: place.file, offset: place.offset, length }, length)
  }
  yield Buffer.from(rows.length === 0 ? ']' : '\n]')
}

function addRange(ranges: TextRanges, { offset, length, crc32: checksum }: Omit<TextPlace, 'file'>): void {
  const at = ranges.filled++
  ranges.offsets[at] = offset
  ranges.lengths[at] = length
  ranges.checksums[at] = checksum
}
