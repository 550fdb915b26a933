/** Rows whose vectors, or records, one statement fetches: their text form stays below a few megabytes. */
const roundRows = 512

/** The items in parts small enough for one statement each. */
export function* rounds<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += roundRows) yield items.slice(start, start + roundRows)
}
