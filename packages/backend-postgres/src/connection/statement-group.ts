import type { Command, Value } from './command.js'
import { type EndMessage, OwnStatement, type RowMessage, type Wire } from './own-statement.js'
import type { Row, RowSet } from './session.js'

/**
 * Statements that are sent at once and run one after the other: one round trip for all. When one fails, the server
 * passes over those behind it, so that none runs without what was to go before it.
 * Source: PostgreSQL manual, "Extended Query", and there "Pipelining".
 */
export class StatementGroup extends OwnStatement<readonly RowSet[]> {
  readonly #commands: readonly Command[]
  readonly #results: RowSet[] = []
  #rows: Row[] = []

  constructor(commands: readonly Command[], patienceMs: number | undefined) {
    super(commands.map(({ text }) => text).join('; '), patienceMs)
    this.#commands = commands
  }

  /** Values come as text, since no other format was asked for. */
  protected override onRow({ fields }: RowMessage): void {
    const onRow = this.#commands[this.#results.length]?.onRow
    if (onRow === undefined) this.#rows.push(fields)
    else onRow(fields)
  }

  protected override onEnd({ text }: EndMessage): void {
    const words = text.split(' ')
    this.#results.push({ rows: this.#rows, rowCount: Number(words.at(-1)) || 0, command: words[0] })
    this.#rows = []
  }

  protected submit(wire: Wire): null {
    inOnePiece(wire, () => {
      for (const command of this.#commands) sendCommand(wire, command)
      wire.sync()
    })
    return null
  }

  protected result(): readonly RowSet[] {
    return this.#results
  }
}

/** Sends a statement, of which nothing is heard before the server is told to answer. */
export function sendCommand(wire: Wire, { text, values }: Command): void {
  wire.parse({ text })
  wire.bind({ values: values.map(wireValue) })
  wire.execute({})
}

/** Lets what is written leave together. */
export function inOnePiece({ stream }: Wire, write: () => void): void {
  stream.cork?.()
  try {
    write()
  } finally {
    stream.uncork?.()
  }
}

function wireValue(value: Value): Buffer | string | null {
  if (value === null || value === undefined) return null
  return Buffer.isBuffer(value) ? value : String(value)
}
