/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A statement whose values are arrays in binary form, one for each column of what it inserts. */
export interface InsertCommand extends Command {
  readonly values: readonly Buffer[]
}
