import { describeMemoryBackend } from '../../src/index.js'
import { wrongWrites } from './wrong-writes.js'

// These fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
for (const { harness } of wrongWrites) describeMemoryBackend(harness)
