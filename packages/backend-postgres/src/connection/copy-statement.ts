import type { Wire } from './own-statement.js'
import { sendCommand } from './statement-group.js'
import { type MadePart, StreamedStatement, type StreamOptions } from './streamed-statement.js'

/** One `COPY … FROM STDIN`. */
export interface Copy {
  readonly text: string
  /** Messages of the protocol with its bytes, each made a little before it is sent. */
  readonly parts: Iterable<Buffer>
}

/** One COPY after the other. */
export class CopyStatement extends StreamedStatement {
  readonly #copies: readonly Copy[]

  constructor(copies: readonly Copy[], options: StreamOptions) {
    super(copies.map(({ text }) => text).join('; '), copies.length, options)
    this.#copies = copies
  }

  protected *parts(wire: Wire): Generator<MadePart, void> {
    for (const { text, parts } of this.#copies) {
      yield { bytes: 0, send: () => sendCommand(wire, { text, values: [] }) }
      for (const part of parts) yield { bytes: part.length, send: () => sendBytes(wire, part) }
      yield { bytes: 0, send: () => wire.endCopyFrom() }
    }
  }

  protected override giveUp(wire: Wire): void {
    wire.sendCopyFail('the rows could not be made')
  }
}

/** As `pg` does; an error of the stream comes back by itself. */
function sendBytes({ stream }: Wire, bytes: Buffer): void {
  if (stream.writable) stream.write(bytes)
}
