import { setImmediate } from 'node:timers/promises'
import { OwnStatement, type Wire } from './own-statement.js'

export interface StreamOptions {
  /** Resolves when what was sent has left this process. */
  readonly sent: () => Promise<void>
  /** Milliseconds after which a server that does not answer one statement is given up; `undefined`: never. */
  readonly patienceMs: number | undefined
}

/** A part of what is sent, made and not sent yet. */
export interface MadePart {
  /** About how many there are of it. */
  readonly bytes: number
  send(): void
}

/**
 * Bytes that are made while others wait to be sent: as much as a server takes in some tens of milliseconds, so that it
 * need not wait when parts follow that take longer to make than to store.
 */
const mostBytesAhead = 1 << 23

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

  /** Makes one part after the other. */
  protected abstract parts(wire: Wire): Iterator<MadePart, void>

  /** Is called when making a part has thrown. */
  protected giveUp(_wire: Wire): void {}

  protected result(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error
  }

  /** PostgreSQL manual, "Extended Query": after an error the server passes over what comes until the end (Sync). */
  async #sendAll(wire: Wire): Promise<void> {
    const parts = this.parts(wire)
    const ahead: MadePart[] = []
    let bytesAhead = 0
    const makeNext = () => {
      const { done, value } = parts.next()
      if (done === true) return false
      ahead.push(value)
      bytesAhead += value.bytes
      return true
    }
    while (ahead.length > 0 || makeNext()) {
      const part = ahead.shift()
      part?.send()
      bytesAhead -= part?.bytes ?? 0
      let isSent = false
      const sending = this.#sent().then(() => {
        isSent = true
      })
      while (!isSent && !this.#refused && bytesAhead < mostBytesAhead && makeNext()) await setImmediate()
      await sending
      if (this.#refused) return
    }
  }
}
