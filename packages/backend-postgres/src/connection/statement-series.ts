import type { Command } from './command.js'
import type { Wire } from './own-statement.js'
import { inOnePiece, sendCommand } from './statement-group.js'
import { StreamedStatement, type StreamOptions } from './streamed-statement.js'

/** Statements of which nobody wants the rows, each made when the one before has left. */
export class StatementSeries extends StreamedStatement {
  readonly #makers: readonly (() => Command)[]

  /** @param text what they are, for whoever looks on. */
  constructor(text: string, makers: readonly (() => Command)[], options: StreamOptions) {
    super(text, makers.length, options)
    this.#makers = makers
  }

  protected *steps(wire: Wire): Iterable<void> {
    for (const make of this.#makers) {
      const command = make()
      inOnePiece(wire, () => sendCommand(wire, command))
      yield
    }
  }
}
