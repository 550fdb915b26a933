import { describeMemoryBackend } from '../../src/index.js'
import { referenceHarness } from '../reference-harness.js'
import { controlName, wrongBackends } from './wrong-backends.js'

// Most of these fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
describeMemoryBackend(referenceHarness(controlName))
for (const { harness } of wrongBackends) describeMemoryBackend(harness)
