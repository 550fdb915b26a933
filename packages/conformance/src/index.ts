export type { BackendHarness, CreateOptions } from './backend-harness.js'
export { describeMemoryBackend } from './describe-memory-backend.js'
