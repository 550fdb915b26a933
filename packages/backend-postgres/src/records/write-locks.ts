import { createHash } from 'node:crypto'
import { type Owner, ownerKey } from '@holdfast/core'
import { numberOf, type Session } from '../connection/session.js'
import type { Store } from '../store.js'
import { int4Array } from './binary-array.js'

/** Locks a transaction may hold at most: the server's table of locks is shared by everybody. */
const lockBuckets = 1024

/**
 * Makes inserts for one owner, or one user, wait for each other until they commit, so that within every scope the
 * order of positions is the order of commits and a scan that goes on from a position misses nothing. Locks are taken
 * in ascending order, so that two batches cannot wait for each other. Owners may share a lock by chance; that costs
 * waiting, nothing else.
 */
export async function lockOwners(session: Session, store: Store, owners: readonly Owner[]): Promise<void> {
  const buckets = new Set<number>()
  for (const owner of owners) {
    buckets.add(bucketOf(ownerKey(owner)))
    if (owner.userId !== null) buckets.add(bucketOf(ownerKey({ tenantId: null, userId: owner.userId })))
  }
  const ordered = int4Array([...buckets].sort((a, b) => a - b))
  const space = createHash('sha256').update(`holdfast owners ${store.names.plain}`).digest().readInt32BE(0)
  await session.query(
    'SELECT pg_catalog.pg_advisory_xact_lock($1::integer, bucket) FROM unnest($2::integer[]) bucket',
    [space, ordered],
  )
}

/** The next positions, ascending. The owners are locked already. */
export async function takePositions(
  session: Session,
  store: Store,
  count: number,
): Promise<readonly number[]> {
  const { rows } = await session.query('SELECT nextval($1::regclass) FROM generate_series(1, $2::integer)', [
    `${store.names.quoted}.record_position`,
    count,
  ])
  return rows.map(([position]) => numberOf(position)).sort((a, b) => a - b)
}

function bucketOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % lockBuckets
}
