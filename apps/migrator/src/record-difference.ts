import type { RecordKind } from '@holdfast/core'

/** One thing that is not the same in both stores. */
export interface RecordDifference {
  readonly kind: RecordKind
  readonly id: string
  /**
   * The field's name as the files spell it, or `record` for one that only one store has, `order`, `owner`,
   * `cluster`, `vector`, or `text` for JSON that means the same and is written another way.
   */
  readonly field: string
  /** What the source has, shortened, for `record` its owner; `undefined` for nothing. */
  readonly from: string | undefined
  /** What the target has. */
  readonly to: string | undefined
}

/** Characters that are shown of a value. */
const maxShown = 80

/** A text that fits on a line, with the number of characters left out. */
export function shorten(text: string): string {
  if (text.length <= maxShown) return text
  const shown = text.slice(0, maxShown).toWellFormed()
  return `${shown}… (${text.length - maxShown} more)`
}
