import { isServerClient } from './cancel-statement.js'
import type { PooledClient, Statement, StatementResult } from './queryable-pool.js'

/** Calls of `pg.Connection` that its published types leave out. */
interface Wire {
  parse(statement: { readonly text: string }): void
  bind(values: object): void
  execute(portal: object): void
  sync(): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** One `COPY … FROM STDIN`. */
export interface Copy {
  readonly text: string
  /** Its bytes, each part made when the one before has left. */
  readonly parts: Iterable<Buffer>
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

export interface CopyOptions {
  /** Resolves when what was sent has left this process. */
  readonly sent: () => Promise<void>
  /** Milliseconds after which a server that does not answer one COPY is given up; `undefined`: never. */
  readonly patienceMs: number | undefined
}

/**
 * Runs one COPY after the other, of which none is waited for before the next is sent, so that the server never is
 * without rows. Resolves when the server has taken them all; rejects with its first error, or with what making the
 * bytes threw.
 */
export function copyIn(client: CopyingClient, copies: readonly Copy[], options: CopyOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const copying = new CopyStatement(copies, options, (error) => (error ? reject(error) : resolve()))
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
  callback: (error: unknown) => void
  readonly #copies: readonly Copy[]
  readonly #sent: () => Promise<void>
  /** The server has refused one of the statements: it passes over everything up to the end. */
  #refused = false
  /** What making the bytes threw. */
  #thrown: { readonly error: unknown } | undefined

  constructor(
    copies: readonly Copy[],
    { sent, patienceMs }: CopyOptions,
    callback: (error: unknown) => void,
  ) {
    this.text = copies.map(({ text }) => text).join('; ')
    this.#copies = copies
    this.#sent = sent
    if (patienceMs !== undefined) this.query_timeout = patienceMs * copies.length
    this.callback = callback
  }

  submit(wire: Wire): null {
    // Whatever happens comes back as the server's answer to the end that is sent in any case.
    this.#sendAll(wire)
      .catch((error: unknown) => {
        this.#thrown = { error }
        wire.sendCopyFail('the rows could not be made')
      })
      .finally(() => wire.sync())
    return null
  }

  /** PostgreSQL manual, "COPY Operations": after an error the server passes over what comes until the end (Sync). */
  async #sendAll(wire: Wire): Promise<void> {
    for (const { text, parts } of this.#copies) {
      wire.parse({ text })
      wire.bind({})
      wire.execute({})
      for (const part of parts) {
        wire.sendCopyFromChunk(part)
        await this.#sent()
        if (this.#refused) return
      }
      wire.endCopyFrom()
    }
  }

  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleError(error: Error): void {
    this.#refused = true
    this.callback(this.#thrown === undefined ? error : this.#thrown.error)
  }
}
