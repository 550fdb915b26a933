import { allSettledOrThrow } from '../disk/all-settled-or-throw.js'
import type { TextPlace } from '../disk/place.js'
import type { RecentRanges } from '../disk/recent-ranges.js'
import { checkedText } from './checked-text.js'
import { overlaidText } from './overlaid-text.js'
import type { RowText } from './read-texts.js'
import type { Overlay } from './record-columns.js'
import type { RecordIndex } from './record-index.js'

/** Texts that are read at the same time. */
const maxReads = 32

interface Wanted {
  readonly row: number
  readonly place: TextPlace
  readonly overlay: Overlay | undefined
  readonly bytes: Uint8Array
}

/** As `readTexts`, for a few rows from here and there that may be asked for again: what a search has found. */
export async function* readRecentTexts(
  index: RecordIndex,
  rows: readonly number[],
  recent: RecentRanges,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowText[]> {
  for (let from = 0; from < rows.length; from += maxReads) {
    signal?.throwIfAborted()
    // Places and overlays are asked for at one moment: both change when a file is rewritten.
    const wanted = rows.slice(from, from + maxReads).map((row): Wanted => {
      const place = index.text(row)
      return { row, place, overlay: index.overlay(row), bytes: Buffer.allocUnsafe(place.length) }
    })
    const missing = wanted.filter(({ place, bytes }) => !recent.copy(place, bytes))
    await allSettledOrThrow(missing.map(({ place, bytes }) => place.file.readHeld(bytes, place.offset)))
    const texts = wanted.map(({ row, place, overlay, bytes }) => {
      return { row, text: overlaidText(checkedText(bytes, place), overlay) }
    })
    // Only what was checked: what a disk gets wrong once, it may get right the next time.
    for (const { place, bytes } of missing) recent.add(place, bytes)
    yield texts
  }
}
