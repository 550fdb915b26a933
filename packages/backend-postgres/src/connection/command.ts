import type { Row } from './session.js'

/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly unknown[]
  /** Takes each row as it comes, while the server makes the next; it is not kept then. It must not throw. */
  readonly onRow?: (row: Row) => void
}

/** An insert of columns, which COPY can do as well. */
export interface InsertCommand extends Command {
  /** The table with its columns. */
  readonly into: string
  /** One array in binary form for each column. */
  readonly values: readonly Buffer[]
}
