import { describeMemoryBackend } from '../../src/index.js'
import { wrongWords } from './wrong-words.js'

// These fail, as they must. Run by wrong-backends.test.ts, which reads the outcome.
for (const { harness } of wrongWords) describeMemoryBackend(harness)
