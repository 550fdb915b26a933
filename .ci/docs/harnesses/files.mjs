import { fileCapabilities } from '../../../packages/backend-file/dist/index.js'
import { onlyToList } from './only-to-list.mjs'

export default onlyToList('files', fileCapabilities)
