import type { Logger } from '@holdfast/core'
import type { PooledClient, QueryablePool } from './queryable-pool.js'

interface Watch {
  /** One per backend. */
  readonly reports: Set<(error: Error) => void>
  readonly listener: (error: Error) => void
}

const watches = new WeakMap<QueryablePool, Watch>()

/**
 * Listens to a pool's `error` event: without a listener, a connection that breaks while idle ends the process; and to
 * its `connect` event, since one that breaks while it is handed over does so too.
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
    pool.removeListener('connect', bridgeHandOver)
  }
}

function startWatch(pool: QueryablePool): Watch {
  const reports: Watch['reports'] = new Set()
  const listener = (error: Error) => {
    for (const report of reports) report(error)
  }
  pool.on('error', listener)
  pool.on('connect', bridgeHandOver)
  const watch = { reports, listener }
  watches.set(pool, watch)
  return watch
}

/**
 * A pool hands a new client over through promises, and listens to it no longer. A server that is going down may send
 * its greeting and its farewell in one piece, before those have run.
 */
function bridgeHandOver(client: PooledClient): void {
  const ignore = () => {}
  client.on('error', ignore)
  // The client is not usable after an error: its first statement says so.
  setImmediate(() => client.removeListener('error', ignore))
}
