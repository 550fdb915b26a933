import type { Row } from './session.js'

/** What can be sent: bytes in PostgreSQL's binary form, everything else in its text form. An array is bytes, too. */
export type Value = Buffer | string | number | boolean | null | undefined

/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly Value[]
  /** Takes each row as it comes, while the server makes the next; it is not kept then. It must not throw. */
  readonly onRow?: (row: Row) => void
}

/** A statement whose values are arrays in binary form, one for each column of what it inserts. */
export interface InsertCommand extends Command {
  readonly values: readonly Buffer[]
}
