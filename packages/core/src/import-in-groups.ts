import type { ImportedBatch } from './exported-record.js'
import { type ImportGroup, importGroups } from './import-groups.js'
import { onAbort } from './on-abort.js'

export interface GroupImport<T> {
  /** Of the store. */
  readonly dimensions: () => number | undefined
  readonly store: (group: ImportGroup) => Promise<T>
  readonly signal: AbortSignal | undefined
}

/**
 * Stores batches in groups, one after the other; while one is stored, the next is read and checked. Yields what storing
 * each has given. However it ends, the source is let go of, and not waited for when it does not answer.
 * @throws what storing and reading throw, after what came before is stored; the signal's reason.
 */
export async function* importInGroups<T>(
  batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
  { dimensions, store, signal }: GroupImport<T>,
): AsyncGenerator<T> {
  const ending = new AbortController()
  const end = () => ending.abort(signal?.reason)
  if (signal?.aborted === true) end()
  const off = onAbort(signal, end)
  let isStoring = false
  const groups = importGroups(batches, { dimensions, isStoring: () => isStoring, signal: ending.signal })
  const takeNext = () => {
    const next = groups.next()
    // It may fail while the group before is stored, and is heard when that is done.
    next.catch(() => {})
    return next
  }
  const stored = async (group: ImportGroup) => {
    isStoring = true
    try {
      return await store(group)
    } finally {
      isStoring = false
    }
  }
  try {
    for (let next = takeNext(); ; ) {
      const { done, value: group } = await next
      if (done === true) return
      next = takeNext()
      yield await stored(group)
    }
  } catch (error) {
    end()
    // What the source says of that it is let go of is not why the import ended.
    await groups.return().catch(() => {})
    throw error
  } finally {
    off()
    end()
    await groups.return()
  }
}
