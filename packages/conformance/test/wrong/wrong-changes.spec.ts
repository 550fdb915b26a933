import { describeMemoryBackend } from '../../src/index.js'
import { wrongChanges } from './wrong-changes.js'

// These fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
for (const { harness } of wrongChanges) describeMemoryBackend(harness)
