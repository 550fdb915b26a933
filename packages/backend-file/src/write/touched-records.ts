import type { RecordKind } from '@holdfast/core'
import type { StoreState } from '../store/store-state.js'
import type { Touched } from '../store/write-queue.js'

/** The records that a write names, and everything where an episode's owner hangs on one of them. */
export function touchesRecords(
  kind: RecordKind,
  records: readonly { readonly id: string; readonly ownerFromNodes?: readonly string[] | undefined }[],
): (state: StoreState) => Touched {
  return (state) => {
    const ids = records.map(({ id }) => id)
    const hangsTogether =
      kind === 'nodes'
        ? state.derived.rowsThatNeed(ids).size > 0
        : records.some(({ ownerFromNodes }) => ownerFromNodes !== undefined)
    return hangsTogether ? 'everything' : new Set(ids.map((id) => `${kind}:${id}`))
  }
}

/** As {@link touchesRecords}, for records that are only named. */
export function touchesIds(kind: RecordKind, ids: readonly string[]): (state: StoreState) => Touched {
  return touchesRecords(
    kind,
    ids.map((id) => ({ id })),
  )
}
