import { describeMemoryBackend } from '../../src/index.js'
import { wrongReads } from './wrong-reads.js'

// These fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
for (const { harness } of wrongReads) describeMemoryBackend(harness)
