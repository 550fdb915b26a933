import { numberOf, type Session, textOf } from '../connection/session.js'

/** A place in the server's log of changes; a greater one is later. */
export type LogPosition = bigint

/** @param text such as `16/B374D848`: two hexadecimal numbers of 32 bits. Source: PostgreSQL manual, 8.20. */
export function parseLogPosition(text: string): LogPosition {
  const [high = '', low = ''] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** Where the primary's log ends; every transaction that has been committed is before it. */
export async function writtenPosition(session: Session): Promise<LogPosition> {
  const { rows } = await session.query('SELECT pg_catalog.pg_current_wal_insert_lsn()')
  return parseLogPosition(textOf(rows[0]?.[0]))
}

/** Up to where a replica has applied the log; `undefined` when the server is no replica, or not any more. */
export async function replayedPosition(session: Session): Promise<LogPosition | undefined> {
  const { rows } = await session.query(
    'SELECT pg_catalog.pg_is_in_recovery()::integer, pg_catalog.pg_last_wal_replay_lsn()',
  )
  const [isReplica, position] = rows[0] ?? []
  return numberOf(isReplica) === 1 && typeof position === 'string' ? parseLogPosition(position) : undefined
}

/**
 * Which database a server has. A streaming replica is a copy of its primary's files, and has the same.
 * Source: PostgreSQL manual, 9.27.8.
 */
export async function databaseIdentity(session: Session): Promise<string> {
  const { rows } = await session.query(
    "SELECT system_identifier::text || ' ' || current_database() FROM pg_catalog.pg_control_system()",
  )
  return textOf(rows[0]?.[0])
}
