import { MemoryError } from '@holdfast/core'

/** By what a transaction can be asked for after its connection was lost. */
export interface CommitMark {
  /** `xid8`, which never wraps around. */
  readonly xid: string
  /** The server process that ran the transaction. */
  readonly backendPid: number
  /** Another text after the server was started anew, recovered from a crash, or replaced by another one. */
  readonly serverLife: string
}

/**
 * Changes with every start of the server, and also when it recovers from the crash of one of its processes: then it
 * throws its statistics away.
 */
export const serverLife =
  "pg_catalog.concat_ws('/', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), extract(epoch FROM pg_catalog.pg_stat_get_bgwriter_stat_reset_time()))"

/**
 * To be selected inside the transaction, in a statement that is sent anyway: asking right before the commit with
 * `pg_current_xact_id_if_assigned()` would cost every write another round trip.
 */
export const markColumns: readonly string[] = [
  'pg_catalog.pg_current_xact_id()::text',
  'pg_catalog.pg_backend_pid()',
  serverLife,
]

/** The mark from the values of {@link markColumns}. */
export function commitMark([xid, pid, life]: readonly (string | null)[]): CommitMark {
  if (typeof xid !== 'string' || typeof pid !== 'string' || typeof life !== 'string') {
    throw new MemoryError('CONNECTION', 'the database does not say which transaction this is')
  }
  return { xid, backendPid: Number(pid), serverLife: life }
}
