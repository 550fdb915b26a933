import pg from 'pg'
import type { ServerTarget } from '../resolve-open-options.js'
import type { PoolLease } from './pool-lease.js'

/** A pool of connections to a server. None is made before the first statement. */
export function openServerPool(target: ServerTarget): PoolLease {
  const { kind: _, maxConnections, connectTimeoutMs, ...connection } = target
  const pool = new pg.Pool({
    ...(connection as pg.PoolConfig),
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // Finds its way to the new server after a failover behind one name.
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
    // A program that forgets close() ends all the same.
    allowExitOnIdle: true,
    application_name: 'holdfast',
  })
  // Connections that are being closed may still fail, when nobody else listens any more; that would end the process.
  pool.on('error', () => {})
  return { pool, embedded: false, isCallers: false, end: () => pool.end() }
}
