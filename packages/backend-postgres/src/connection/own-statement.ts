import { isServerClient } from './cancel-statement.js'
import type { PooledClient, Statement, StatementResult } from './queryable-pool.js'

/** Calls of `pg.Connection` that its published types leave out. */
export interface Wire {
  /** A program may give `pg` a stream of its own, which need not be Node's. */
  readonly stream: {
    readonly writable: boolean
    write(bytes: Buffer): unknown
    cork?(): void
    uncork?(): void
  }
  parse(statement: { readonly text: string }): void
  bind(portal: { readonly values: readonly (Buffer | string | null)[] }): void
  execute(portal: Record<string, never>): void
  sync(): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** A client that takes statements with a protocol of their own, as `pg.Client` does for pg-copy-streams and pg-cursor. */
export interface WireClient extends PooledClient {
  query(statement: Statement): Promise<StatementResult>
  query(statement: HandedStatement): unknown
}

/** Whether a client can be handed such a statement: neither embedded PostgreSQL nor every other driver can. */
export function takesOwnStatements(client: PooledClient): client is WireClient {
  if (!isServerClient(client) || !('connection' in client)) return false
  const wire: unknown = client.connection
  const isPipelined = 'pipeline' in client && client.pipeline === true
  return !isPipelined && typeof wire === 'object' && wire !== null && 'sendCopyFromChunk' in wire
}

/** What the server says of a row, and of a statement that has ended. */
export interface RowMessage {
  readonly fields: readonly (string | null)[]
}
export interface EndMessage {
  readonly text: string
}

/** What `pg` is handed: it calls what is called `handle…` as the server answers. */
export interface HandedStatement {
  /** What is run, for whoever looks on. */
  readonly text: string
  /** Where there is one, `pg` puts another callback, which stops its clock, in front of {@link callback}. */
  readonly query_timeout?: number
  callback(error: unknown): void
  submit(wire: Wire): null
  handleDataRow(message: RowMessage): void
  handleCommandComplete(message: EndMessage): void
  handleCopyInResponse(): void
  handleReadyForQuery(): void
  handleError(error: unknown): void
}

/** A statement that writes to the connection itself. */
export abstract class OwnStatement<T> {
  readonly #text: string
  readonly #patienceMs: number | undefined

  /** @param patienceMs milliseconds after which a server that does not answer is given up; `undefined`: never. */
  constructor(text: string, patienceMs: number | undefined) {
    this.#text = text
    this.#patienceMs = patienceMs
  }

  /** Resolves when the server has done all; rejects with its error. */
  run(client: WireClient): Promise<T> {
    return new Promise((resolve, reject) => {
      const handed = this.#handed((error) => {
        if (error !== null) return reject(error)
        try {
          resolve(this.result())
        } catch (thrown) {
          reject(thrown)
        }
      })
      try {
        Promise.resolve(client.query(handed)).catch(reject)
      } catch (error) {
        reject(error)
      }
    })
  }

  /**
   * A plain object: libraries for tracing stand before the client, and some hand on a copy with another text, which has
   * an object's own properties only. Its callback is the one that counts, since they wrap that too.
   */
  #handed(callback: (error: unknown) => void): HandedStatement {
    const failureOf = this.failureOf.bind(this)
    return {
      text: this.#text,
      ...(this.#patienceMs === undefined ? {} : { query_timeout: this.#patienceMs }),
      callback,
      submit: this.submit.bind(this),
      handleDataRow: this.onRow.bind(this),
      handleCommandComplete: this.onEnd.bind(this),
      handleCopyInResponse() {},
      handleReadyForQuery() {
        this.callback(null)
      },
      handleError(error) {
        this.callback(failureOf(error))
      },
    }
  }

  /** Writes what it is to the connection; `pg` takes anything but `null` for an error. */
  protected abstract submit(wire: Wire): null

  protected onRow(_row: RowMessage): void {}

  protected onEnd(_end: EndMessage): void {}

  /** What it rejects with after an error of the server or the driver. */
  protected failureOf(error: unknown): unknown {
    return error
  }

  /** Asked for when the server has done all. @throws what it rejects with then. */
  protected abstract result(): T
}
