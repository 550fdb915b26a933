import { OwnStatement, type Wire } from './own-statement.js'

/** One `COPY … FROM STDIN`. */
export interface Copy {
  readonly text: string
  /** Its bytes, each part made when the one before has left. */
  readonly parts: Iterable<Buffer>
}

export interface CopyOptions {
  /** Resolves when what was sent has left this process. */
  readonly sent: () => Promise<void>
  /** Milliseconds after which a server that does not answer one COPY is given up; `undefined`: never. */
  readonly patienceMs: number | undefined
}

/**
 * One COPY after the other, of which none is waited for before the next is sent, so that the server never is without
 * rows. It fails with the first error of the server, or with what making the bytes threw.
 */
export class CopyStatement extends OwnStatement<void> {
  readonly #copies: readonly Copy[]
  readonly #sent: () => Promise<void>
  /** The server has refused one of the statements: it passes over everything up to the end. */
  #refused = false
  /** What making the bytes threw. */
  #thrown: { readonly error: unknown } | undefined

  constructor(copies: readonly Copy[], { sent, patienceMs }: CopyOptions) {
    const text = copies.map((copy) => copy.text).join('; ')
    super(text, patienceMs === undefined ? undefined : patienceMs * copies.length)
    this.#copies = copies
    this.#sent = sent
  }

  override submit(wire: Wire): null {
    // Whatever happens comes back as the server's answer to the end that is sent in any case.
    this.#sendAll(wire)
      .catch((error: unknown) => {
        this.#thrown = { error }
        wire.sendCopyFail('the rows could not be made')
      })
      .finally(() => wire.sync())
    return null
  }

  handleCopyInResponse(): void {}

  override handleError(error: Error): void {
    this.#refused = true
    super.handleError(this.#thrown === undefined ? error : this.#thrown.error)
  }

  protected result(): void {}

  /** PostgreSQL manual, "COPY Operations": after an error the server passes over what comes until the end (Sync). */
  async #sendAll(wire: Wire): Promise<void> {
    for (const { text, parts } of this.#copies) {
      wire.parse({ text })
      wire.bind({ values: [] })
      wire.execute({})
      for (const part of parts) {
        wire.sendCopyFromChunk(part)
        await this.#sent()
        if (this.#refused) return
      }
      wire.endCopyFrom()
    }
  }
}
