import { inMemoryCapabilities } from '../../../apps/example-backend/dist/index.js'
import { onlyToList } from './only-to-list.mjs'

export default onlyToList('in memory', inMemoryCapabilities, {})
