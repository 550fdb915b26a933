import { describeMemoryBackend } from '@holdfast/conformance'
import harness from '../src/harness.js'
import { InMemoryBackend, InMemoryStore } from '../src/in-memory-backend.js'
import { keptHarness } from './kept-backend.js'

const noCapabilities = Object.freeze({
  durable: false,
  keywordSearch: false,
  update: false,
  delete: false,
  concurrentWriters: false,
  approximateSearch: false,
  maintenance: false,
})

/** As far as docs/writing-a-backend.md has come before it does what a backend may leave out. */
class FirstBackend extends InMemoryBackend {
  override readonly capabilities = noCapabilities
}

// The command line runs it with all 100,000.
describeMemoryBackend({ ...harness, largeScope: 3_000 })
describeMemoryBackend({
  ...harness,
  largeScope: 3_000,
  name: 'in memory, without what may be left out',
  capabilities: noCapabilities,
  create: async (options) => new FirstBackend(new InMemoryStore(options?.dimensions)),
})
describeMemoryBackend(keptHarness('in memory, with a store that outlives it'))
