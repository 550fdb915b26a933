import type { Wire } from './own-statement.js'
import { StreamedStatement, type StreamOptions } from './streamed-statement.js'

/** One `COPY … FROM STDIN`. */
export interface Copy {
  readonly text: string
  /** Its bytes, each part made when the one before has left. */
  readonly parts: Iterable<Buffer>
}

/** One COPY after the other. */
export class CopyStatement extends StreamedStatement {
  readonly #copies: readonly Copy[]

  constructor(copies: readonly Copy[], options: StreamOptions) {
    super(copies.map(({ text }) => text).join('; '), copies.length, options)
    this.#copies = copies
  }

  protected *steps(wire: Wire): Iterable<void> {
    for (const { text, parts } of this.#copies) {
      wire.parse({ text })
      wire.bind({ values: [] })
      wire.execute({})
      for (const part of parts) {
        wire.sendCopyFromChunk(part)
        yield
      }
      wire.endCopyFrom()
    }
  }

  protected override giveUp(wire: Wire): void {
    wire.sendCopyFail('the rows could not be made')
  }
}
