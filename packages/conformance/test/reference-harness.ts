import type { BackendCapabilities } from '@holdfast/core'
import type { BackendHarness } from '../src/index.js'
import { ReferenceBackend, ReferenceStore, referenceCapabilities } from './reference-backend.js'

/** A harness over one kind of reference backend. */
export function referenceHarness(
  name: string,
  open: (store: ReferenceStore) => ReferenceBackend = (store) => new ReferenceBackend(store),
  capabilities: BackendCapabilities = referenceCapabilities,
): BackendHarness {
  const stores = new Map<unknown, ReferenceStore>()
  const opened = (store: ReferenceStore) => {
    const backend = open(store)
    stores.set(backend, store)
    return backend
  }
  return {
    name,
    capabilities,
    largeScope: 3_000,
    create: async ({ dimensions } = {}) => opened(new ReferenceStore(dimensions)),
    async destroy(backend) {
      await backend.close()
      stores.delete(backend)
    },
    async reopen(backend) {
      const store = stores.get(backend)
      if (store === undefined) throw new TypeError('this backend was not created here')
      await backend.close()
      stores.delete(backend)
      return opened(store)
    },
  }
}
