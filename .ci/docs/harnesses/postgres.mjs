import { postgresCapabilities } from '../../../packages/backend-postgres/dist/index.js'
import { onlyToList } from './only-to-list.mjs'

export default onlyToList('PostgreSQL', postgresCapabilities)
