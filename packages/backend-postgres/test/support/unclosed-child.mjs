// Uses a store on a server and forgets to close it.
import { PostgresBackend } from '../../dist/index.js'

const [connectionString, schema] = process.argv.slice(2)
const backend = await PostgresBackend.open({ connectionString, schema, dimensions: 2 })
await backend.insertNode({ humanContent: 'q', assistantContent: 'a', tenantId: 't' })
console.log(await backend.countNodes({ tenantId: 't' }))
