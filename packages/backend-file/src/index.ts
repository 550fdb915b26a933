export { FileBackend } from './file-backend.js'
export type { FileBackendOptions } from './file-backend-options.js'
export { fileCapabilities } from './file-capabilities.js'
