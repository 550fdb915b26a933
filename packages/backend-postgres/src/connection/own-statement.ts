import { isServerClient } from './cancel-statement.js'
import type { PooledClient, Statement, StatementResult } from './queryable-pool.js'

/** Calls of `pg.Connection` that its published types leave out. */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  parse(statement: { readonly text: string }): void
  bind(portal: { readonly values: readonly (Buffer | string | null)[] }): void
  execute(portal: Record<string, never>): void
  sync(): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** A client that takes statements with a protocol of their own, as `pg.Client` does for pg-copy-streams and pg-cursor. */
export interface WireClient extends PooledClient {
  query(statement: Statement): Promise<StatementResult>
  query(statement: OwnStatement<unknown>): unknown
}

/** Whether a client can be handed such a statement: neither embedded PostgreSQL nor every other driver can. */
export function takesOwnStatements(client: PooledClient): client is WireClient {
  if (!isServerClient(client) || !('connection' in client)) return false
  const wire: unknown = client.connection
  const isPipelined = 'pipeline' in client && client.pipeline === true
  return !isPipelined && typeof wire === 'object' && wire !== null && 'sendCopyFromChunk' in wire
}

/** A statement that writes to the connection itself; `pg` calls what is called `handle…` as the server answers. */
export abstract class OwnStatement<T> {
  /** What is run, for whoever looks on. */
  readonly text: string
  /** Where there is one, `pg` puts another callback, which stops its clock, in front of {@link callback}. */
  readonly query_timeout?: number
  callback: (error: unknown) => void = () => {}

  /** @param patienceMs milliseconds after which a server that does not answer is given up; `undefined`: never. */
  constructor(text: string, patienceMs: number | undefined) {
    this.text = text
    if (patienceMs !== undefined) this.query_timeout = patienceMs
  }

  /** Resolves when the server has done all; rejects with its error. */
  run(client: WireClient): Promise<T> {
    return new Promise((resolve, reject) => {
      this.callback = (error) => (error === null ? resolve(this.result()) : reject(error))
      try {
        Promise.resolve(client.query(this)).catch(reject)
      } catch (error) {
        reject(error)
      }
    })
  }

  /** Writes what it is to the connection; `pg` takes anything but `null` for an error. */
  abstract submit(wire: Wire): null

  handleCommandComplete(_complete: { readonly text: string }): void {}

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleError(error: unknown): void {
    this.callback(error)
  }

  /** Asked for when the server has done all. */
  protected abstract result(): T
}
