import type { BackendHarness } from '@holdfast/conformance'
import type { AdminDriver } from '@holdfast/core'
import { InMemoryBackend, InMemoryStore, inMemoryCapabilities } from '../src/in-memory-backend.js'

export const keptCapabilities = Object.freeze({
  ...inMemoryCapabilities,
  durable: true,
  approximateSearch: true,
})

/** The example with everything that can be tested: its harness keeps the store, which stands for a disk. */
export class KeptBackend extends InMemoryBackend {
  override readonly capabilities = keptCapabilities

  /** Every search is exact, so that there is nothing to build. */
  protected override _adminDriver(): AdminDriver {
    return { ...super._adminDriver(), maintain: async () => ({ indexes: [] }) }
  }
}

/** A harness over one kind of kept backend. */
export function keptHarness(
  name: string,
  open: (store: InMemoryStore) => InMemoryBackend = (store) => new KeptBackend(store),
): BackendHarness {
  const stores = new Map<unknown, InMemoryStore>()
  const opened = (store: InMemoryStore) => {
    const backend = open(store)
    stores.set(backend, store)
    return backend
  }
  return {
    name,
    capabilities: keptCapabilities,
    largeScope: 3_000,
    create: async ({ dimensions } = {}) => opened(new InMemoryStore(dimensions)),
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
