// #region harness
import type { BackendHarness } from '@holdfast/conformance'
import { InMemoryBackend, InMemoryStore, inMemoryCapabilities } from './in-memory-backend.js'

const harness: BackendHarness = {
  name: 'in memory',
  capabilities: inMemoryCapabilities,
  create: async (options) => new InMemoryBackend(new InMemoryStore(options?.dimensions)),
  destroy: (backend) => backend.close(),
}

export default harness
// #endregion
