import { describeMemoryBackend } from '../../src/index.js'
import { referenceHarness } from '../reference-harness.js'
import { controlName } from './wrong-backends.js'
import { wrongScopes } from './wrong-scopes.js'

// These fail, as they must, but for the first. Run by wrong-backends.test.ts, which reads the outcome.
describeMemoryBackend(referenceHarness(controlName))
for (const { harness } of wrongScopes) describeMemoryBackend(harness)
