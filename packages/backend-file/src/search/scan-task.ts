import type { CandidateList } from './candidate-set.js'
import type { QuantisedQuery } from './quantise-query.js'
import type { ScanMemory } from './quantised-rows.js'

/** What a thread of the pool is asked: to help with one scan. */
export interface ScanTask {
  /** Of a {@link SharedScan}. */
  readonly shared: SharedArrayBuffer
  /** Which of its helpers the thread is. */
  readonly helper: number
  readonly query: QuantisedQuery
  /** How many of the best rows are wanted. */
  readonly limit: number
  readonly minScore: number
  /** Address of row 0. */
  readonly address: number
  readonly columns: number
  /** Address of the bytes that the thread works in. */
  readonly area: number
}

/** A task on its way to a thread. */
export interface ScanRequest {
  readonly number: number
  /** Number of the memory of the rows. */
  readonly memory: number
  /** The memory itself, when the thread does not know its number yet. */
  readonly introduced?: ScanMemory
  readonly task: ScanTask
}

/** Rows that a helper has left of its chunks, ascending. */
export interface ScannedPart extends CandidateList {
  /** Rows of its chunks that have a direction. */
  readonly compared: number
}

/**
 * What comes back: first that the thread is there, then an answer for each request that was begun. A thread that comes
 * to harm ends without one.
 */
export type ScanReply =
  | { readonly type: 'ready' }
  | { readonly type: 'scanned'; readonly number: number; readonly part: ScannedPart }
