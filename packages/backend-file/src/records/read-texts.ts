import type { RecordText } from '@holdfast/core'
import type { TextPlace } from '../disk/place.js'
import { checkedText } from './checked-text.js'
import { overlaidText } from './overlaid-text.js'
import type { Overlay } from './record-columns.js'
import type { RecordIndex } from './record-index.js'
import type { Rows } from './row-list.js'

/** Bytes read and decoded at once; a longer text is read alone. */
const usualRead = 1 << 20
/** Bytes of white space and commas between two elements that are read along with them. */
const maxGap = 16

/** A record's text and its row. */
export interface RowText {
  readonly row: number
  readonly text: RecordText
}

interface Located {
  readonly row: number
  readonly place: TextPlace
  readonly overlay: Overlay | undefined
}

/**
 * Reads the texts of some rows, in the given order, in bounded memory: records that are neighbors in a file come with
 * one read. Values that stand beside a text are put into it.
 * @param maxRead bytes that are read and decoded without giving the event loop its turn. Default 1 MiB.
 */
export async function* readTexts(
  index: RecordIndex,
  rows: Rows,
  signal: AbortSignal | undefined,
  maxRead = usualRead,
): AsyncGenerator<RowText[]> {
  for (let next = 0; next < rows.length; ) {
    signal?.throwIfAborted()
    // Places and overlays of one group are asked for at one moment: both change when a file is rewritten.
    const group = [locate(index, rows[next] ?? 0)]
    const start = group[0]?.place.offset ?? 0
    let end = start + (group[0]?.place.length ?? 0)
    const file = group[0]?.place.file
    for (next += 1; next < rows.length; next++) {
      const located = locate(index, rows[next] ?? 0)
      const { place } = located
      // Only true neighbors: the text of another owner's record in between is not read.
      if (place.file !== file || place.offset < end || place.offset > end + maxGap) break
      if (place.offset + place.length - start > maxRead) break
      group.push(located)
      end = place.offset + place.length
    }
    const bytes = new Uint8Array(end - start)
    await file?.readHeld(bytes, start)
    yield group.map(({ row, place, overlay }) => {
      const from = place.offset - start
      const text = checkedText(bytes.subarray(from, from + place.length), place)
      return { row, text: overlaidText(text, overlay) }
    })
  }
}

function locate(index: RecordIndex, row: number): Located {
  return { row, place: index.text(row), overlay: index.overlay(row) }
}
