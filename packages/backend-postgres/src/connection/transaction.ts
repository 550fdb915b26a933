import { MemoryError } from '@holdfast/core'
import type { Access } from './access.js'
import type { CommitMark } from './commit-mark.js'
import { losesConnection } from './failure.js'
import type { LeasedClient } from './leased-client.js'
import type { Roles, Session, Settings } from './session.js'
import { TransactionSession } from './transaction-session.js'

/** One try of a transaction. */
export interface TransactionRequest<T> {
  readonly kind: 'read' | 'write'
  readonly access: Access
  readonly roles: Roles | undefined
  readonly statementTimeoutMs: number | undefined
  /** Made for a transaction that reads, as it begins. */
  readonly settings: Settings
  readonly work: (session: Session) => Promise<T>
}

/** The connection was lost with the commit on its way; what it would have resolved to, and by what to ask for it. */
export interface InDoubt<T> {
  readonly state: 'in doubt'
  readonly value: T
  readonly mark: CommitMark
  readonly error: unknown
}

export type TransactionEnd<T> = { readonly state: 'committed'; readonly value: T } | InDoubt<T>

const begin = {
  /** Every statement sees the same snapshot. */
  read: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  write: 'BEGIN',
} as const

/**
 * Runs a transaction on a client and gives the client back. Rejects only when the transaction has not happened: it
 * was rolled back, or its connection was lost before the commit was sent.
 *
 * What was only read is true whether or not it is committed, so the end of such a transaction is not waited for.
 * @param onCommit is called when the commit is about to be sent: from here on the outcome is the server's.
 * @param onReadEnd gets the client when it has nothing more to do than to end a transaction that read.
 */
export async function runTransaction<T>(
  client: LeasedClient,
  request: TransactionRequest<T>,
  signal: AbortSignal,
  onCommit: () => void,
  onReadEnd: (client: LeasedClient) => void,
): Promise<TransactionEnd<T>> {
  const { kind, access, roles, statementTimeoutMs, settings } = request
  const session = new TransactionSession(
    client.sendAll.bind(client),
    {
      roles,
      statementTimeoutMs,
      signal,
      marked: kind === 'write',
      copy: client.copy,
      series: client.series,
      sent: () => client.sent(),
    },
    begin[kind],
    access,
    settings,
  )
  try {
    const value = await request.work(session)
    signal.throwIfAborted()
    if (!session.isOpen) {
      client.release()
      return { state: 'committed', value }
    }
    if (kind === 'read') {
      onReadEnd(client)
      return { state: 'committed', value }
    }
    // A connection that is known to be broken cannot have taken the commit.
    if (client.lost) throw new Error('Connection terminated before the commit')
    onCommit()
    return await commit(client, session.mark, value)
  } catch (error) {
    if (session.isOpen) await client.rollBack()
    else client.release()
    throw error
  }
}

async function commit<T>(
  client: LeasedClient,
  mark: CommitMark | undefined,
  value: T,
): Promise<TransactionEnd<T>> {
  let command: string | undefined
  try {
    command = (await client.send('COMMIT')).command
  } catch (error) {
    if (!losesConnection(error)) throw error
    client.cut()
    if (mark === undefined) throw error
    return { state: 'in doubt', value, mark, error }
  }
  // A transaction in which a statement failed is rolled back by COMMIT, without an error.
  if (command === 'ROLLBACK') {
    throw new MemoryError('CONNECTION', 'the database rolled the transaction back instead of committing it')
  }
  client.release()
  return { state: 'committed', value }
}
