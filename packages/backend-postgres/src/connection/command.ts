/** A statement with its values, ready to be sent. */
export interface Command {
  readonly text: string
  readonly values: readonly unknown[]
}
