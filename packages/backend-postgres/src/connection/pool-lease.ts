import type { QueryablePool } from './queryable-pool.js'

/** A pool for as long as a backend is open. */
export interface PoolLease {
  readonly pool: QueryablePool
  /** The database runs inside this process: nobody else writes, and it does no housekeeping by itself. */
  readonly embedded: boolean
  /** The pool is the caller's own, and stays open. */
  readonly isCallers: boolean
  /** Ends what was opened for this lease; nothing for a caller's own pool. */
  end(): Promise<void>
}
