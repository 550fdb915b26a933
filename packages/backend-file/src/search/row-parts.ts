import { WorkSlices } from '../records/work-slices.js'

/** Rows in a part: a pass over so many takes far less than a millisecond. */
export const partRows = 4096

/**
 * Goes over `count` rows part by part, each from the first to before the last of the numbers that `visit` is given. The
 * event loop gets its turn in between, when it is time.
 * @param visit returns `true` to end.
 * @throws the signal's reason.
 */
export async function inParts(
  count: number,
  signal: AbortSignal | undefined,
  visit: (from: number, to: number) => boolean | undefined,
): Promise<void> {
  const slices = new WorkSlices(signal)
  for (let from = 0; from < count; from += partRows) {
    if (from > 0 && slices.isOver) await slices.rest()
    if (visit(from, Math.min(count, from + partRows)) === true) return
  }
}
