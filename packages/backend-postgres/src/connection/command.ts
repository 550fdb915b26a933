/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly unknown[]
}

/** An insert of columns, which COPY can do as well. */
export interface InsertCommand extends Command {
  /** The table with its columns. */
  readonly into: string
  /** One array in binary form for each column. */
  readonly values: readonly Buffer[]
}
