import { createHash } from 'node:crypto'
import { MemoryError } from '@holdfast/core'
import { adminAccess } from '../connection/access.js'
import { forCall, type Store } from '../store.js'

/** Embedded databases at work in this process, by the connections they are reached through. */
const busy = new WeakMap<object, Set<string>>()

/**
 * Runs `work` while no other process, and no other call, maintains the same schema.
 *
 * A server keeps the lock for a transaction of its own that stays open meanwhile, so `work` needs a second connection.
 * It works through a pooler that hands out a connection per transaction, and it is gone when this process is. The
 * transaction holds no snapshot, which an index that is built concurrently would wait for.
 * @throws {MemoryError} `LOCKED`.
 */
export async function withMaintenanceLock<T>(
  store: Store,
  singleSession: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (singleSession) return inProcess(store, work)
  const key = createHash('sha256').update(`holdfast maintain ${store.names.plain}`).digest().readBigInt64BE(0)
  const outcome = await store.database.outside(async (send) => {
    await send('BEGIN ISOLATION LEVEL READ COMMITTED')
    try {
      await send('SET LOCAL idle_in_transaction_session_timeout = 0')
      // Without parameters: what a statement with parameters leaves open until the next one holds a snapshot.
      const { rows } = await send(`SELECT pg_catalog.pg_try_advisory_xact_lock(${key})`)
      if (rows[0]?.[0] !== 't') throw lockedError(store)
      // Whatever ends the work is no failure of this connection.
      return await work().then(
        (value) => ({ ok: true as const, value }),
        (error: unknown) => ({ ok: false as const, error }),
      )
    } finally {
      // A connection that was lost meanwhile has given the lock back.
      await send('ROLLBACK').catch(() => {})
    }
  })
  if (outcome.ok) return outcome.value
  throw outcome.error
}

/** Whether the database is one session for everybody, as embedded PostgreSQL is. */
export function isSingleSession(
  store: Store,
  call: { readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  // As the user who logged in: another role is not shown what kind of backend it is.
  return store.database.read(forCall(adminAccess, call), undefined, async (session) => {
    const { rows } = await session.query(
      'SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()',
    )
    return rows[0]?.[0] === 'standalone backend'
  })
}

async function inProcess<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const schemas = busy.get(store.connections) ?? new Set<string>()
  busy.set(store.connections, schemas)
  const schema = store.names.plain
  if (schemas.has(schema)) throw lockedError(store)
  schemas.add(schema)
  try {
    return await work()
  } finally {
    schemas.delete(schema)
  }
}

function lockedError({ names }: Store): MemoryError {
  return new MemoryError('LOCKED', `the schema ${names.plain} is being maintained already`)
}
