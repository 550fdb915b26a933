import { isServerClient } from './cancel-statement.js'
import type { PooledClient, Statement, StatementResult } from './queryable-pool.js'

/** Calls of `pg.Connection` that its published types leave out. */
interface Wire {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** A client that takes statements with a protocol of their own, as `pg.Client` does for pg-copy-streams and pg-cursor. */
export interface CopyingClient extends PooledClient {
  query(statement: Statement): Promise<StatementResult>
  query(statement: CopyStatement): unknown
}

/** Whether a client can be handed `COPY … FROM STDIN`: neither embedded PostgreSQL nor every other driver can. */
export function canCopyIn(client: PooledClient): client is CopyingClient {
  if (!isServerClient(client) || !('connection' in client)) return false
  const wire: unknown = client.connection
  const isPipelined = 'pipeline' in client && client.pipeline === true
  return !isPipelined && typeof wire === 'object' && wire !== null && 'sendCopyFromChunk' in wire
}

/**
 * Runs `COPY … FROM STDIN` with these bytes. Resolves when the server has taken them all; rejects with its error.
 * @param patienceMs milliseconds after which a server that does not answer is given up; `undefined`: never.
 */
export function copyIn(
  client: CopyingClient,
  text: string,
  bytes: Buffer,
  patienceMs: number | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const copying = new CopyStatement(text, bytes, patienceMs, (error) => (error ? reject(error) : resolve()))
    try {
      Promise.resolve(client.query(copying)).catch(reject)
    } catch (error) {
      reject(error)
    }
  })
}

/** A statement that writes to the connection itself; `pg` calls what is called `handle…` as the server answers. */
class CopyStatement {
  readonly text: string
  /** Where there is one, `pg` puts another callback, which stops its clock, in front of this one. */
  readonly query_timeout?: number
  callback: (error: Error | null) => void
  readonly #bytes: Buffer

  constructor(
    text: string,
    bytes: Buffer,
    patienceMs: number | undefined,
    callback: (error: Error | null) => void,
  ) {
    this.text = text
    this.#bytes = bytes
    if (patienceMs !== undefined) this.query_timeout = patienceMs
    this.callback = callback
  }

  /** A server that refuses the statement passes over the bytes (`PostgresMain` in src/backend/tcop/postgres.c). */
  submit(wire: Wire): null {
    wire.query(this.text)
    wire.sendCopyFromChunk(this.#bytes)
    wire.endCopyFrom()
    return null
  }

  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleError(error: Error): void {
    this.callback(error)
  }
}
