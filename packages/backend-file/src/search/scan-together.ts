import { type Logger, onAbort } from '@holdfast/core'
import { CandidateSet } from './candidate-set.js'
import { chunkSizes } from './chunk-sizes.js'
import { mergeCandidates } from './merge-candidates.js'
import { rowStride } from './quantised-rows.js'
import { countRows } from './row-segments.js'
import { inTurns, type ScanOutcome, type WantedRows } from './scan-alone.js'
import { BatchScanner, type CandidateScan } from './scan-candidates.js'
import { scanPart } from './scan-part.js'
import type { ScanPool } from './scan-pool.js'
import type { Asked } from './scan-thread.js'
import { SharedScan } from './shared-scan.js'

/** Threads that may help with a scan. */
export interface ScanHelp {
  readonly pool: ScanPool
  /** For each thread of the pool, by its place, an address as `CandidateScan.area`: it belongs to that thread. */
  readonly areas: readonly number[]
  /** Is told when there can be no threads. */
  readonly logger: Logger
}

/** Whether there is enough to scan. */
export function isWorthHelp({ rows, segments }: CandidateScan, { pool, areas }: ScanHelp): boolean {
  const { threads, leastBytes } = pool.options
  if (Math.min(threads, areas.length) < 1) return false
  return countRows(segments) * rowStride(rows.columns) >= leastBytes
}

/**
 * Pass 1 in the thread of the caller and those of the pool. Each takes chunk after chunk, so that a slow one does not
 * hold the others up, and nobody waits for a thread that has not begun. When this has settled, no thread works on the
 * scan any more. The event loop gets its turn about every millisecond.
 * @throws the signal's reason.
 */
export async function scanTogether(
  scan: CandidateScan,
  help: ScanHelp,
  wanted: WantedRows,
  signal: AbortSignal | undefined,
): Promise<ScanOutcome> {
  signal?.throwIfAborted()
  const { rows, query } = scan
  const threads = [...help.pool.threadsFor(help.logger)]
    .map(([place, thread]) => ({ thread, area: help.areas[place] }))
    .filter((helper) => helper.area !== undefined)
  const sizes = chunkSizes(countRows(scan.segments), rows.columns, threads.length + 1)
  const shared = SharedScan.create(scan.segments, sizes, threads.length)
  const scanner = new BatchScanner(scan)
  const scanChunks = async (next: () => number | undefined) => {
    const candidates = new CandidateSet(wanted.limit, wanted.minScore)
    await inTurns(scanPart(scanner, shared, candidates, next), signal)
    return candidates.survivors()
  }
  const helpers: Asked[] = []
  const stopped = () => {
    for (const [helper, asked] of helpers.entries()) if (shared.withdraw(helper)) asked.takeBack()
    return Promise.all(helpers.map((asked) => asked.part))
  }
  const cancel = () => shared.cancel()
  const off = onAbort(signal, cancel)
  try {
    for (const [helper, { thread, area = 0 }] of threads.entries()) {
      const where = { shared: shared.buffer, helper, address: rows.address, columns: rows.columns, area }
      const { limit, minScore } = wanted
      helpers.push(thread.ask(rows.memory, { limit, minScore, query, ...where }))
    }
    const own = await scanChunks(() => shared.take('caller'))
    const parts = await stopped()
    signal?.throwIfAborted()
    const found = parts.flatMap((part, helper) => (part === undefined ? [] : [{ part, helper }]))
    const lost = shared.notTakenBy(found.map(({ helper }) => helper))
    const rest = lost.length === 0 ? [] : [await scanChunks(() => lost.shift())]
    const candidates = mergeCandidates([own, ...found.map(({ part }) => part), ...rest], wanted)
    return { candidates, compared: found.reduce((sum, { part }) => sum + part.compared, scanner.compared) }
  } catch (error) {
    cancel()
    await stopped()
    throw error
  } finally {
    off()
  }
}
