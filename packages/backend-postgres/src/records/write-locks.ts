import { createHash } from 'node:crypto'
import { type Owner, ownerKey } from '@holdfast/core'
import type { Command } from '../connection/command.js'
import { type RowSet, textOf } from '../connection/session.js'
import type { Store } from '../store.js'
import { int4Array } from './binary-array.js'

/** Locks a transaction may hold at most: the server's table of locks is shared by everybody. */
const lockBuckets = 1024

/**
 * Takes the next `count` positions, ascending, for a batch of these owners; {@link positionsOf} reads them.
 *
 * Inserts for one owner, or one user, wait for each other until they commit, so that within every scope the order of
 * positions is the order of commits and a scan that goes on from a position misses nothing. Locks are taken in
 * ascending order, so that two batches cannot wait for each other. Owners may share a lock by chance; that costs
 * waiting, nothing else.
 */
export function takePositions({ names }: Store, owners: readonly Owner[], count: number): Command {
  return {
    // The series looks at the number of locks, so that no position is taken before all of them are held.
    text: `SELECT string_agg(nextval($1::regclass)::text, ',')
     FROM (SELECT count(pg_catalog.pg_advisory_xact_lock($2::integer, bucket)) AS locks
       FROM unnest($3::integer[]) bucket) held
     CROSS JOIN LATERAL generate_series(1, $4::integer + 0 * held.locks) `,
    values: [
      `${names.quoted}.record_position`,
      createHash('sha256').update(`holdfast owners ${names.plain}`).digest().readInt32BE(0),
      int4Array(bucketsOf(owners)),
      count,
    ],
  }
}

export function positionsOf(taken: RowSet | undefined): readonly number[] {
  return textOf(taken?.rows[0]?.[0]).split(',').map(Number)
}

/** Of the keys of all owners, and of all users, whose scope reaches into tenants. */
function bucketsOf(owners: readonly Owner[]): readonly number[] {
  const tenants = new Set(owners.map(({ tenantId }) => tenantId))
  const users = new Set(owners.map(({ userId }) => userId))
  const scopes = [
    ...[...tenants].map((tenantId) => ({ tenantId, userId: null })),
    ...[...users].map((userId) => ({ tenantId: null, userId })),
  ]
  const keys = scopes.filter(({ tenantId, userId }) => tenantId || userId).map(ownerKey)
  return [...new Set(keys.map(bucketOf))].sort((a, b) => a - b)
}

function bucketOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % lockBuckets
}
