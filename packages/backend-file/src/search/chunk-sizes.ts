import { batchRows, firstBatchRows } from './scan-candidates.js'

/**
 * How many rows the chunks of a scan have. The first are small, because the threshold is the better the more rows were
 * seen; so are the last, so that all threads end at about the same time.
 * @param threads that scan.
 */
export function chunkSizes(rows: number, columns: number, threads: number): number[] {
  const most = mostChunkRows(columns)
  const sizes: number[] = []
  let size = Math.min(firstBatchRows, most)
  for (let left = rows; left > 0; ) {
    const share = Math.ceil(left / (2 * threads))
    const next = Math.min(left, size, Math.max(firstBatchRows, share))
    sizes.push(next)
    left -= next
    // Each thread has one of a size before they grow.
    if (sizes.length % threads === 0) size = Math.min(most, size * 2)
  }
  return sizes
}

/** Half a batch: a thread that has just not had its turn can scan another one before it has. */
export function mostChunkRows(columns: number): number {
  return Math.ceil(batchRows(columns) / 2)
}
