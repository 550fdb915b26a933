import type { RecordKind } from '@holdfast/core'
import type { RecentRanges } from '../disk/recent-ranges.js'
import type { VectorCopies } from '../search/vector-copies.js'
import type { FilterFacts } from './filter-facts.js'
import type { RecordIndex } from './record-index.js'

/** All records of one kind, and how long their vectors are. */
export interface Collection {
  readonly kind: RecordKind
  readonly index: RecordIndex
  /** `undefined`: nothing has decided yet, and there is no vector. */
  readonly dimensions: number | undefined
  /** What searches have read of them lately. */
  readonly recent: RecentRanges
  /** What filters have asked of them. */
  readonly filterFacts: FilterFacts
  /** Of their vectors; `undefined` where there can be none. */
  readonly copies: () => VectorCopies | undefined
}
