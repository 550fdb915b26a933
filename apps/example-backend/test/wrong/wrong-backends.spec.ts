import { describeMemoryBackend } from '@holdfast/conformance'
import { keptHarness } from '../kept-backend.js'
import { controlName, wrongBackends } from './wrong-backends.js'

// All but the first fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
describeMemoryBackend({ ...keptHarness(controlName), largeScope: 100_000 })
for (const { harness } of wrongBackends) describeMemoryBackend(harness)
