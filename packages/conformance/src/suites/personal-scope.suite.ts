import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const kim = { userId: 'kim' }
const other = { tenantId: 'other' }

/** A user's scope goes through all tenants, where two of them may hold the same id. */
export function personalScopeSuite(harness: BackendHarness): void {
  describe('personal scope', () => {
    it('reads the first inserted of several nodes with one id, and lists them all', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect((await backend.getNode(kim, 'same'))?.tenantId).toBe('other')
        expect((await backend.getNodes(kim)).map(({ tenantId }) => tenantId)).toEqual(['other', null, 'acme'])
        expect(await backend.countNodes(kim, { filter: { ids: ['same'] } })).toBe(3)
        expect(await drainNodes(backend.scanNodes(kim, { batchSize: 1 }))).toHaveLength(3)
        expect((await backend.getEpisode(kim, 'same'))?.tenantId).toBe('other')
      }))

    it('moves a node between users when it is replaced, at its place', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([
          sampleNode('a', { userId: 'kim', embedding: axis(0), clusterId: 3 }),
          sampleNode('b', { userId: 'kim', embedding: axis(1), clusterId: 3 }),
        ])
        const moved = sampleNode('a', { userId: 'lee', embedding: axis(0), clusterId: 3 })
        await backend.insertNodes([moved], { onConflict: 'replace' })
        const lee = { userId: 'lee' }
        for (const [scope, ids] of [
          [kim, ['b']],
          [lee, ['a']],
          [acme, ['a', 'b']],
        ] as const) {
          expect(idsOf(await backend.getNodes(scope))).toEqual(ids)
          expect((await backend.getEmbeddings(scope)).nodeIds).toEqual(ids)
          const found = await backend.vectorSearch(axis(0), scope, { minScore: -1 })
          expect(found.map(({ node }) => node.id).sort()).toEqual(ids)
          expect([...(await backend.getClusterInfo(scope))]).toEqual([[3, [...ids.keys()]]])
        }
        expect((await backend.admin.listScopes()).map(({ nodes }) => nodes)).toEqual([2, 1, 1])
      }))

    if (harness.capabilities.update) {
      it('changes the node that it reads, and no other of that id', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          expect(await backend.updateNode(kim, 'same', { source: 'changed' })).toBe(true)
          await backend.recordAccess(kim, ['same'])
          expect(await backend.assignClusters(kim, [{ id: 'same', clusterId: 7 }])).toBe(1)
          const states = (await backend.getNodes(kim)).map((node) => [
            node.source,
            node.accessCount,
            node.clusterId,
          ])
          expect(states).toEqual([
            ['changed', 1, 7],
            ['unknown', 0, null],
            ['unknown', 0, null],
          ])
        }))
    }

    if (harness.capabilities.delete) {
      it('deletes every record of an id, so that it is gone', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          expect(await backend.deleteNodes(kim, ['same'])).toBe(3)
          expect(await backend.getNode(kim, 'same')).toBeUndefined()
          expect(await backend.deleteEpisodes(kim, ['same'])).toBe(2)
          expect(await backend.getEpisode(kim, 'same')).toBeUndefined()
          // The control: what others have under that id stays.
          expect((await backend.getNode({ tenantId: 'third' }, 'same'))?.userId).toBe('lee')
          expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 1, episodes: 0 })
        }))

      it('deletes within one tenant what that tenant has', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          expect(await backend.deleteNodes(other, ['same'])).toBe(1)
          expect((await backend.getNode(kim, 'same'))?.tenantId).toBeNull()
        }))
    }
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNode(sampleNode('same', { ...other, userId: 'kim' }))
  await backend.insertNode(sampleNode('same', { tenantId: null, userId: 'kim' }))
  await backend.insertNode(sampleNode('same', { userId: 'kim' }))
  await backend.insertNode(sampleNode('same', { tenantId: 'third', userId: 'lee' }))
  await backend.insertEpisodes([sampleEpisode('same', { ...other, userId: 'kim' })])
  await backend.insertEpisodes([sampleEpisode('same', { userId: 'kim' })])
}
