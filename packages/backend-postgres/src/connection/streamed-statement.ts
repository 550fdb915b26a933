import { OwnStatement, type Wire } from './own-statement.js'

export interface StreamOptions {
  /** Resolves when what was sent has left this process. */
  readonly sent: () => Promise<void>
  /** Milliseconds after which a server that does not answer one statement is given up; `undefined`: never. */
  readonly patienceMs: number | undefined
}

/**
 * Statements that are made and sent step by step, of which none waits for the answer to the one before: the server works
 * on some while the next are made. It fails with the first error of the server, or with what making them threw.
 */
export abstract class StreamedStatement extends OwnStatement<void> {
  readonly #sent: () => Promise<void>
  /** The server has refused one of the statements: it passes over everything up to the end. */
  #refused = false
  /** What making a statement threw. */
  #thrown: { readonly error: unknown } | undefined

  /** @param count of statements. */
  constructor(text: string, count: number, { sent, patienceMs }: StreamOptions) {
    super(text, patienceMs === undefined ? undefined : patienceMs * count)
    this.#sent = sent
  }

  protected submit(wire: Wire): null {
    // Whatever happens comes back as the server's answer to the end that is sent in any case.
    this.#sendAll(wire)
      .catch((error: unknown) => {
        this.#thrown = { error }
        this.giveUp(wire)
      })
      .finally(() => wire.sync())
    return null
  }

  protected override failureOf(error: unknown): unknown {
    this.#refused = true
    return this.#thrown === undefined ? error : this.#thrown.error
  }

  /** Sends one part for each step, as soon as the part before has left. */
  protected abstract steps(wire: Wire): Iterable<void>

  /** Is called when a step has thrown. */
  protected giveUp(_wire: Wire): void {}

  protected result(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error
  }

  /** PostgreSQL manual, "Extended Query": after an error the server passes over what comes until the end (Sync). */
  async #sendAll(wire: Wire): Promise<void> {
    for (const _ of this.steps(wire)) {
      await this.#sent()
      if (this.#refused) return
    }
  }
}
