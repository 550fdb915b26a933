import type { Command } from './command.js'
import type { Wire } from './own-statement.js'
import { inOnePiece, sendCommand } from './statement-group.js'
import { type MadePart, StreamedStatement, type StreamOptions } from './streamed-statement.js'

/** Statements of which nobody wants the rows, each made a little before it is sent. */
export class StatementSeries extends StreamedStatement {
  readonly #makers: readonly (() => Command)[]

  /** @param text what they are, for whoever looks on. */
  constructor(text: string, makers: readonly (() => Command)[], options: StreamOptions) {
    super(text, makers.length, options)
    this.#makers = makers
  }

  protected *parts(wire: Wire): Generator<MadePart, void> {
    for (const make of this.#makers) {
      const command = make()
      const bytes = command.values.reduce<number>(
        (sum, value) => sum + (Buffer.isBuffer(value) ? value.length : 0),
        0,
      )
      yield { bytes, send: () => inOnePiece(wire, () => sendCommand(wire, command)) }
    }
  }
}
