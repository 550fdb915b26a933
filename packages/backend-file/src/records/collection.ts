import type { RecordKind } from '@holdfast/core'
import type { RecordIndex } from './record-index.js'

/** All records of one kind, and how long their vectors are. */
export interface Collection {
  readonly kind: RecordKind
  readonly index: RecordIndex
  /** `undefined`: nothing has decided yet, and there is no vector. */
  readonly dimensions: number | undefined
}
