import type { Row } from './session.js'

/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly unknown[]
  /** Takes each row as it comes, while the server makes the next; it is not kept then. It must not throw. */
  readonly onRow?: (row: Row) => void
}

/** A statement whose values are arrays in binary form, one for each column of what it inserts. */
export interface InsertCommand extends Command {
  readonly values: readonly Buffer[]
}
