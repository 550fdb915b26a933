// Opens an embedded store in a process of its own, does what the arguments say, tells the parent, and waits.
import { PostgresBackend } from '../../dist/index.js'

const [dataDir, id] = process.argv.slice(2)
const backend = await PostgresBackend.open({ embedded: { dataDir }, dimensions: 2 })
if (id !== undefined) {
  await backend.insertNode({ id, humanContent: 'q', assistantContent: 'a', tenantId: 't', embedding: [1, 2] })
}
process.send?.('ready')
process.on('disconnect', () => process.exit())
setInterval(() => {}, 1000)
