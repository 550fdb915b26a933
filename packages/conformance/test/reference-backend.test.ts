import { describeMemoryBackend } from '../src/index.js'
import { ReferenceBackend, referenceCapabilities } from './reference-backend.js'
import { referenceHarness } from './reference-harness.js'

const fewCapabilities = Object.freeze({
  ...referenceCapabilities,
  durable: false,
  keywordSearch: false,
  update: false,
  delete: false,
  maintenance: false,
})

class ModestBackend extends ReferenceBackend {
  override readonly capabilities = fewCapabilities
}

describeMemoryBackend(referenceHarness('reference backend'))
describeMemoryBackend(
  referenceHarness(
    'reference backend without capabilities',
    (store) => new ModestBackend(store),
    fewCapabilities,
  ),
)
