import type { Piece } from '../disk/pieces.js'
import type { Place } from '../disk/place.js'
import { formatNpyHeader } from '../npy/npy-header.js'
import type { RecordIndex } from '../records/record-index.js'
import type { Rows } from '../records/row-list.js'

/** The file as `numpy.save` writes it. A row without a vector holds zeros. */
export function* composeVectors(index: RecordIndex, rows: Rows, columns: number): Generator<Piece> {
  yield formatNpyHeader(rows.length, columns)
  const width = columns * 4
  let range: Place | undefined
  let zeros = 0
  for (const row of rows) {
    const place = index.vector(row)
    if (range !== undefined && place?.file === range.file && place.offset === range.offset + range.length) {
      range = { ...range, length: range.length + width }
      continue
    }
    if (range !== undefined) yield range
    if (place !== undefined && zeros > 0) {
      yield { zeros }
      zeros = 0
    }
    range = place
    if (place === undefined) zeros += width
  }
  if (range !== undefined) yield range
  if (zeros > 0) yield { zeros }
}
