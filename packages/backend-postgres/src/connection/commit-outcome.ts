import { type CommitMark, serverLife } from './commit-mark.js'
import { type RetryRule, retryRuleOf } from './failure.js'
import { pause, RetrySchedule } from './retry-schedule.js'
import type { Send } from './session.js'
import { sqlStateOf } from './sql-error.js'

export type CommitOutcome = 'committed' | 'aborted' | 'unknown'

/** Runs `ask` on a connection of its own, outside a transaction. */
export type AskServer = <T>(ask: (send: Send) => Promise<T>) => Promise<T>

/** How long to wait before asking again about a transaction that is neither committed nor aborted yet. */
const stillRunning: RetryRule = { tries: Number.POSITIVE_INFINITY, firstPauseMs: 20, longestPauseMs: 1_000 }
/** The same when nobody answered. */
const notReached: RetryRule = { ...stillRunning, longestPauseMs: 500 }

/** Answers before a transaction whose client is gone is ended on the server; a commit takes less than that. */
const patientAnswers = 3

/**
 * Finds out what became of a transaction whose connection was lost while it was being committed.
 *
 * The server knows by the number of the transaction (`pg_xact_status`). `aborted` is always true. `committed` is true
 * in the same life of the server only: if nothing of the transaction had reached the disk before a crash, the server
 * gives its number to another one, which may have been committed since. After a restart the answer is therefore
 * `aborted` or `unknown`, never a guess.
 * @param totalMs milliseconds after which the answer is `unknown`.
 * @throws the signal's reason.
 */
export async function commitOutcome(
  server: AskServer,
  mark: CommitMark,
  totalMs: number,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  const schedule = new RetrySchedule(totalMs)
  for (let answers = 1; ; answers += 1) {
    signal.throwIfAborted()
    let rule = stillRunning
    try {
      const outcome = await server((send) => ask(send, mark, answers > patientAnswers))
      if (outcome !== 'in progress') return outcome
    } catch (error) {
      signal.throwIfAborted()
      // Whatever stands in the way of one more connection may pass; what the server itself refuses will not.
      if (sqlStateOf(error) !== undefined && retryRuleOf(error) === undefined) return 'unknown'
      rule = notReached
    }
    const milliseconds = schedule.next(rule)
    if (milliseconds === undefined) return 'unknown'
    await pause(milliseconds, signal)
  }
}

async function ask(send: Send, mark: CommitMark, impatient: boolean): Promise<CommitOutcome | 'in progress'> {
  let row: readonly (string | null)[] | undefined
  try {
    const { rows } = await send(
      `SELECT ${serverLife}, CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_xact_status($1::xid8) END`,
      [mark.xid],
    )
    row = rows[0]
  } catch (error) {
    // "transaction ID is in the future": the server, which is no replica, has no trace of it.
    if (sqlStateOf(error) === '22023') return 'aborted'
    throw error
  }
  const [life, status] = row ?? []
  const sameLife = life === mark.serverLife
  if (status === 'aborted') return 'aborted'
  if (status === 'committed' && sameLife) return 'committed'
  if (status === 'committed') return (await givenOutAgain(send, mark)) ? 'aborted' : 'unknown'
  if (status !== 'in progress') return 'unknown'
  if (sameLife && impatient) await endAbandoned(send, mark)
  return 'in progress'
}

/**
 * Whether the number of a transaction of an earlier life was given out again: then it lies beyond those known at the
 * last checkpoint, which is not older than the end of the server's recovery. A promoted replica has none yet.
 */
async function givenOutAgain(send: Send, { xid }: CommitMark): Promise<boolean> {
  const { rows } = await send(
    `SELECT pg_catalog.split_part(next_xid, ':', 1), pg_catalog.split_part(next_xid, ':', 2)
     FROM pg_catalog.pg_control_checkpoint() WHERE pg_catalog.to_hex(timeline_id) =
       pg_catalog.lower(pg_catalog.ltrim(pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8), '0'))`,
  )
  const [epoch, low] = rows[0] ?? []
  if (typeof epoch !== 'string' || typeof low !== 'string') return false
  return BigInt(xid) >= (BigInt(epoch) << 32n) + BigInt(low)
}

/** Ends a transaction whose commit never arrived: its server process waits for a client that is gone. */
async function endAbandoned(send: Send, { xid, backendPid }: CommitMark): Promise<void> {
  await send(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
     WHERE pid = $1::integer AND backend_xid = ($2::xid8)::xid AND state = 'idle in transaction'`,
    [backendPid, xid],
  )
}
