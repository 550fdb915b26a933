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
export const firstBatchRows = 256
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
  scan: CandidateScan,
  candidates: CandidateSet,
): Generator<undefined, number, undefined> {
  const scanner = new BatchScanner(scan)
  const most = batchRows(scan.rows.columns)
  const reader = new SegmentReader(scan.segments)
  for (let size = Math.min(firstBatchRows, most); !reader.isAtEnd; size = Math.min(size * 2, most)) {
    scanner.scan(reader, size, candidates)
    // The batches before the first large one take about as long as that one.
    if (size === most) yield
  }
  return scanner.compared
}

/** Compares rows with a query, a batch at a time. */
export class BatchScanner {
  readonly #scan: Omit<CandidateScan, 'segments'>
  readonly #margin: number
  readonly #segmentsAt: number
  readonly #pairs: Int32Array
  readonly #out: number
  readonly #answer: Int32Array
  #compared = 0

  /** Has the area for itself from now on. */
  constructor(scan: Omit<CandidateScan, 'segments'>) {
    const { rows, query, area } = scan
    const { buffer } = rows.memory
    const most = batchRows(rows.columns)
    this.#scan = scan
    this.#margin = queryMargin(query.error)
    this.#segmentsAt = area + rows.width * 2
    this.#out = this.#segmentsAt + most * 8
    new Int16Array(buffer, area, rows.width).fill(0).set(query.integers)
    this.#pairs = new Int32Array(buffer, this.#segmentsAt, most * 2)
    this.#answer = new Int32Array(buffer, this.#out, foundHeader + most * 2)
  }

  get columns(): number {
    return this.#scan.rows.columns
  }

  /** Rows until now that have a direction. */
  get compared(): number {
    return this.#compared
  }

  /** @param count of rows, at most {@link batchRows}. */
  scan(reader: SegmentReader, count: number, candidates: CandidateSet): void {
    const { kernel, rows, query, area } = this.#scan
    const answer = this.#answer
    const margin = this.#margin
    kernel({
      query: area,
      width: rows.width,
      rows: rows.address,
      segments: this.#segmentsAt,
      segmentCount: reader.read(this.#pairs, count),
      queryScale: query.scale,
      cut: candidates.threshold - margin,
      out: this.#out,
    })
    const end = foundHeader + 2 * (answer[0] ?? 0)
    for (let at = foundHeader; at < end; at += 2) {
      const row = answer[at] ?? 0
      const approximate = (answer[at + 1] ?? 0) * (rows.scale(row) * query.scale)
      const bound = scoreBound(approximate, rows.error(row), margin)
      candidates.offer(row, approximate - bound, approximate + bound)
    }
    this.#compared += answer[1] ?? 0
  }
}

/** How many rows a batch has at most: {@link scanAreaBytes} has room for so many, and they take about a millisecond. */
export function batchRows(columns: number): number {
  return Math.max(firstBatchRows, Math.min(greatestBatchRows, Math.floor(batchBytes / rowStride(columns))))
}
