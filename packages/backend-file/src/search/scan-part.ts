import type { CandidateSet } from './candidate-set.js'
import { mostChunkRows } from './chunk-sizes.js'
import { SegmentReader } from './row-segments.js'
import type { BatchScanner } from './scan-candidates.js'
import type { SharedScan } from './shared-scan.js'

/**
 * Scans chunk after chunk of a shared scan, and takes over and hands on the threshold between them. Yields about every
 * millisecond.
 * @param next chunks in ascending order.
 */
export function* scanPart(
  scanner: BatchScanner,
  shared: SharedScan,
  candidates: CandidateSet,
  next: () => number | undefined,
): Generator<undefined, void, undefined> {
  const reader = new SegmentReader(shared.segments)
  const turn = mostChunkRows(scanner.columns)
  let at = 0
  let sinceTurn = 0
  for (let chunk = next(); chunk !== undefined; chunk = next()) {
    const { from, to } = shared.rowsOf(chunk)
    reader.skip(from - at)
    at = to
    candidates.raise(shared.threshold)
    scanner.scan(reader, to - from, candidates)
    shared.raise(candidates.threshold)
    sinceTurn += to - from
    if (sinceTurn < turn) continue
    yield
    sinceTurn = 0
  }
}
