import { expect, it } from 'vitest'
import { FileBackend } from '../src/index.js'
import { rawNode, writeSmallStore } from './support/small-store.js'
import { temporaryDirectory } from './support/temporary-directory.js'

it('a cluster number that no other backend takes fails the write to its node, and no other write', async () => {
  const dataDir = await temporaryDirectory()
  const scope = { tenantId: 'a' }
  const nodes = [rawNode('n', { tenant_id: 'a', cluster_id: 3_000_000_000 })]
  await writeSmallStore(dataDir, { nodes, clusters: { 3000000000: [0] } })
  await using store = await FileBackend.open({ dataDir })
  const update = store.updateNode(scope, 'n', { metadata: { changed: true } })
  const insert = store.insertNode({ id: 'm', tenantId: 'b', humanContent: 'q', assistantContent: 'a' })
  await expect(update).rejects.toMatchObject({ code: 'INVALID_NODE' })
  await insert
  expect(await store.assignClusters(scope, [{ id: 'n', clusterId: 3 }])).toBe(1)
  expect(await store.updateNode(scope, 'n', { metadata: { changed: true } })).toBe(true)
  expect((await store.getNode(scope, 'n'))?.clusterId).toBe(3)
})
