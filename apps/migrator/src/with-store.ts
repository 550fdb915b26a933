import type { OpenOptions } from '@holdfast/config'
import type { MemoryBackend } from '@holdfast/core'
import type { StoreReference } from './store-reference.js'

/** Opens a store for the time of a callback. What the callback throws is not hidden by a failing close. */
export async function withStore<T>(
  reference: StoreReference,
  options: OpenOptions,
  use: (store: MemoryBackend) => Promise<T>,
): Promise<T> {
  const store = await reference.open(options)
  let result: T
  try {
    result = await use(store)
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
  await store.close()
  return result
}
