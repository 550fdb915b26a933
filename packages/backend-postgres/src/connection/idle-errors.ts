import type { Logger } from '@holdfast/core'
import type { QueryablePool } from './queryable-pool.js'

interface Watch {
  /** One per backend. */
  readonly reports: Set<(error: Error) => void>
  readonly listener: (error: Error) => void
}

const watches = new WeakMap<QueryablePool, Watch>()

/**
 * Listens to a pool's `error` event: without a listener, a connection that breaks while idle ends the process.
 * Many backends may share a pool; it gets one listener for all of them.
 * @returns what stops the listening.
 */
export function watchIdleErrors(pool: QueryablePool, logger: Logger): () => void {
  const report = (error: Error) => logger.warn(`an idle database connection failed: ${error.message}`)
  const watch = watches.get(pool) ?? startWatch(pool)
  watch.reports.add(report)
  return () => {
    watch.reports.delete(report)
    if (watch.reports.size > 0 || watches.get(pool) !== watch) return
    watches.delete(pool)
    pool.removeListener('error', watch.listener)
  }
}

function startWatch(pool: QueryablePool): Watch {
  const reports: Watch['reports'] = new Set()
  const listener = (error: Error) => {
    for (const report of reports) report(error)
  }
  pool.on('error', listener)
  const watch = { reports, listener }
  watches.set(pool, watch)
  return watch
}
