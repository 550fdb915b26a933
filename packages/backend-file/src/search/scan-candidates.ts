import type { CandidateSet } from './candidate-set.js'
import { queryMargin, scoreBound } from './error-bound.js'
import type { QuantisedQuery } from './quantise-query.js'
import { type QuantisedRows, rowStride, rowWidth } from './quantised-rows.js'
import { type RowSegments, SegmentReader } from './row-segments.js'
import { foundHeader, type ScanKernel } from './scan-kernel.js'

export interface CandidateScan {
  readonly kernel: ScanKernel
  readonly rows: QuantisedRows
  readonly segments: RowSegments
  readonly query: QuantisedQuery
  /**
   * Address of {@link scanAreaBytes} bytes in the memory of the rows, a multiple of 8. They belong to this scan until
   * it has ended.
   */
  readonly area: number
}

/** The threshold is the better the more rows were seen, so the first batches are small. */
const firstBatchRows = 256
const greatestBatchRows = 8192
/** What a batch may hold of wide rows, so that it takes about a millisecond. */
const batchBytes = 1 << 23

/** Bytes that a scan works in besides the rows: the query, and the segments and the answer of a batch. */
export function scanAreaBytes(columns: number): number {
  return rowWidth(columns) * 2 + batchRows(columns) * 16 + foundHeader * 4
}

/**
 * Pass 1: offers every row that can be among the best to `candidates`, reading nothing but the int8 rows. Yields about
 * every millisecond, so that the caller can do something else or stop; not at all for few rows.
 * @returns how many rows have a direction and were compared.
 */
export function* scanCandidates(
  { kernel, rows, segments, query, area }: CandidateScan,
  candidates: CandidateSet,
): Generator<undefined, number, undefined> {
  const { buffer } = rows.memory
  const { width } = rows
  const most = batchRows(rows.columns)
  const segmentsAt = area + width * 2
  const out = segmentsAt + most * 8
  new Int16Array(buffer, area, width).fill(0).set(query.integers)
  const pairs = new Int32Array(buffer, segmentsAt, most * 2)
  const answer = new Int32Array(buffer, out, foundHeader + most * 2)
  const margin = queryMargin(query.error)
  const reader = new SegmentReader(segments)
  let compared = 0
  for (let size = Math.min(firstBatchRows, most); !reader.isAtEnd; size = Math.min(size * 2, most)) {
    kernel({
      query: area,
      width,
      rows: rows.address,
      segments: segmentsAt,
      segmentCount: reader.read(pairs, size),
      queryScale: query.scale,
      cut: candidates.threshold - margin,
      out,
    })
    const end = foundHeader + 2 * (answer[0] ?? 0)
    for (let at = foundHeader; at < end; at += 2) {
      const row = answer[at] ?? 0
      const approximate = (answer[at + 1] ?? 0) * (rows.scale(row) * query.scale)
      const bound = scoreBound(approximate, rows.error(row), margin)
      candidates.offer(row, approximate - bound, approximate + bound)
    }
    compared += answer[1] ?? 0
    // The batches before the first large one take about as long as that one.
    if (size === most) yield
  }
  return compared
}

function batchRows(columns: number): number {
  return Math.max(firstBatchRows, Math.min(greatestBatchRows, Math.floor(batchBytes / rowStride(columns))))
}
