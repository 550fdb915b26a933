import type { Owner, RecordText } from '@holdfast/core'

/** What a row is going to hold. */
export interface RowContent {
  readonly id: string
  /** `undefined` only where a stored record without an owner is written again. */
  readonly owner: Owner | undefined
  readonly text: RecordText
  /** The nodes that name the owner of an episode whose text does not. */
  readonly ownerFromNodes: readonly string[] | undefined
  readonly clusterId: number | null
  /** `kept`: the vector the row has already. */
  readonly vector: Float32Array | undefined | 'kept'
}
