import { describeMemoryBackend } from '../src/index.js'
import { referenceHarness } from './reference-harness.js'

describeMemoryBackend(referenceHarness('reference backend'))
