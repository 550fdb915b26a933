export { default as harness } from './harness.js'
export { InMemoryBackend, InMemoryStore, inMemoryCapabilities } from './in-memory-backend.js'
