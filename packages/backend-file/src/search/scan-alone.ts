import { setImmediate } from 'node:timers/promises'
import { CandidateSet, type Candidates } from './candidate-set.js'
import { type CandidateScan, scanCandidates } from './scan-candidates.js'

/** What pass 1 is asked for. */
export interface WantedRows {
  /** How many of the best, at least 1. */
  readonly limit: number
  /** Inclusive. */
  readonly minScore: number
}

/** What pass 1 has found. */
export interface ScanOutcome {
  /** Ascending. */
  readonly candidates: Candidates
  /** Rows that have a direction and were compared. */
  readonly compared: number
}

/**
 * Pass 1 in the thread of the caller. The event loop gets its turn about every millisecond.
 * @throws the signal's reason.
 */
export async function scanAlone(
  scan: CandidateScan,
  { limit, minScore }: WantedRows,
  signal: AbortSignal | undefined,
): Promise<ScanOutcome> {
  const candidates = new CandidateSet(limit, minScore)
  const compared = await inTurns(scanCandidates(scan, candidates), signal)
  return { candidates: candidates.survivors(), compared }
}

/**
 * Runs work that yields, and lets the event loop have a turn each time.
 * @throws the signal's reason.
 */
export async function inTurns<T>(
  work: Generator<undefined, T, undefined>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted()
  let step = work.next()
  while (step.done !== true) {
    await setImmediate()
    signal?.throwIfAborted()
    step = work.next()
  }
  return step.value
}
