import { type Rescoring, rescoreCandidates } from './rescore-candidates.js'
import { countRows } from './row-segments.js'
import { scanAlone } from './scan-alone.js'
import type { ScanAreas } from './scan-areas.js'
import type { CandidateScan } from './scan-candidates.js'
import { isWorthHelp, type ScanHelp, scanTogether } from './scan-together.js'
import type { ScoredRow } from './top-k.js'

export interface CandidateSearch extends Omit<CandidateScan, 'area'> {
  /** Where to scan; the place is given back before anything is rescored, which may take long. */
  readonly areas: Pick<ScanAreas, 'use'>
  /** What is to be rescored for a row of the scan; by default the same. */
  readonly rowOf?: (scanned: number) => number
  readonly rescoring: Rescoring
  /** Threads that may take a part in the scan. Default: none. */
  readonly help?: ScanHelp
}

export interface CandidateOutcome {
  readonly best: readonly ScoredRow[]
  /** Rows whose int8 copies were compared: those of the segments that have a direction. */
  readonly scanned: number
  /** Rows whose vectors were read and compared in full precision. */
  readonly rescored: number
}

/**
 * The exact best rows by cosine similarity in float64; of equal scores the first by position. Gives what `searchRows`
 * gives for the same rows, and reads few of their vectors: docs/exact-search.md proves it. The event loop gets its turn
 * about every millisecond.
 * @throws what `rescoreCandidates` throws; the signal's reason.
 */
export async function selectCandidates(
  search: CandidateSearch,
  signal: AbortSignal | undefined,
): Promise<CandidateOutcome> {
  const { minScore } = search.rescoring
  const limit = Math.min(search.rescoring.limit, countRows(search.segments))
  if (limit < 1) return { best: [], scanned: 0, rescored: 0 }
  const { help } = search
  const { candidates, compared } = await search.areas.use(signal, (area) => {
    const scan = { ...search, area }
    return help !== undefined && isWorthHelp(scan, help)
      ? scanTogether(scan, help, { limit, minScore }, signal)
      : scanAlone(scan, { limit, minScore }, signal)
  })
  const { rows, ...bounds } = candidates
  const kept = { ...bounds, rows: rows.map((row) => search.rowOf?.(row) ?? row) }
  const outcome = await rescoreCandidates(kept, { ...search.rescoring, limit })
  return { ...outcome, scanned: compared }
}
