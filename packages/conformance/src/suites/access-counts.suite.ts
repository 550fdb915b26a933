import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, sampleNode, sampleNodes } from '../sample-records.js'
import { bitsOf } from '../vector-bits.js'
import { withBackend } from '../with-backend.js'

/** Counting an access changes the count and the time, of the nodes that are named, and nothing else. */
export function accessCountsSuite(harness: BackendHarness): void {
  if (!harness.capabilities.update) return
  describe('access counts', () => {
    it('leave everything else of a node as it was, and all of the others', () =>
      withBackend(harness, async (backend) => {
        const metadata = { text: 'é \0 \ud83d', number: 1e21 }
        const full = { metadata, extra: { future: [1] }, clusterId: 3, embedding: axis(2) }
        await backend.insertNodes([sampleNode('a', full), sampleNode('b', full)])
        const [a, b] = await backend.getNodes(acme)
        const vectors = bitsOf((await backend.getEmbeddings(acme)).data)
        await backend.recordAccess(acme, ['a'])
        const [after, other] = await backend.getNodes(acme)
        expect(after).toEqual({ ...a, accessCount: 1, lastAccessed: after?.lastAccessed })
        expect(after?.lastAccessed).not.toBeNull()
        expect(other).toEqual(b)
        expect(bitsOf((await backend.getEmbeddings(acme)).data)).toEqual(vectors)
        expect((await backend.vectorSearch(axis(2), acme)).map(({ node }) => node)).toEqual([after, other])
        expect([...(await backend.getClusterInfo(acme))]).toEqual([[3, [0, 1]]])
      }))

    it('are the same time for all nodes of a call, thousands too', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(3_000))
        const ids = Array.from({ length: 2_999 }, (_, index) => `n${index}`)
        await backend.recordAccess(acme, ids)
        const nodes = await backend.getNodes(acme)
        expect(new Set(nodes.slice(0, -1).map(({ lastAccessed }) => lastAccessed)).size).toBe(1)
        expect(nodes.filter(({ accessCount }) => accessCount === 1)).toHaveLength(2_999)
        expect(nodes.at(-1)).toMatchObject({ id: 'n2999', accessCount: 0, lastAccessed: null })
      }))

    it('go on from the count a node came with, and start again when it is replaced', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a', { accessCount: 41, lastAccessed: '2020-01-01T00:00:00' }))
        const start = Date.now()
        await backend.recordAccess(acme, ['a'])
        const { accessCount, lastAccessed } = await countOf(backend, 'a')
        expect(accessCount).toBe(42)
        expect(Date.parse(lastAccessed ?? ''), 'the time of the last access').toBeGreaterThanOrEqual(start)
        await backend.updateNode(acme, 'a', { source: 'changed' })
        expect(await countOf(backend, 'a')).toMatchObject({ accessCount: 42, source: 'changed' })
        await backend.updateNode(acme, 'a', { accessCount: 7 })
        await backend.recordAccess(acme, ['a'])
        expect((await countOf(backend, 'a')).accessCount).toBe(8)
        await backend.insertNodes([sampleNode('a')], { onConflict: 'ignore' })
        expect((await countOf(backend, 'a')).accessCount).toBe(8)
        await backend.insertNodes([sampleNode('a')], { onConflict: 'replace' })
        expect(await countOf(backend, 'a')).toMatchObject({ accessCount: 0, lastAccessed: null })
      }))

    it('go on past 32 bits', () =>
      withBackend(harness, async (backend) => {
        const counts = [2 ** 31 - 1, 2 ** 32 - 1, 2 ** 40, 2 ** 53 - 2]
        await backend.insertNodes(
          counts.map((accessCount, index) => sampleNode(`n${index}`, { accessCount })),
        )
        await backend.recordAccess(acme, ['n0', 'n1', 'n2', 'n3'])
        const after = (await backend.getNodes(acme)).map(({ accessCount }) => accessCount)
        expect(after).toEqual(counts.map((count) => count + 1))
      }))

    it('are not lost when clusters are assigned and nodes updated at the same time', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(2))
        await Promise.all(
          Array.from({ length: 15 }, (_, index) => [
            backend.recordAccess(acme, ['n0', 'n1']),
            backend.assignClusters(acme, [{ id: 'n0', clusterId: index }]),
            backend.updateNode(acme, 'n1', { sequenceIndex: index }),
          ]).flat(),
        )
        for (const id of ['n0', 'n1']) expect((await countOf(backend, id)).accessCount).toBe(15)
      }))
  })
}

async function countOf(backend: MemoryBackend, id: string) {
  const node = await backend.getNode(acme, id)
  if (node === undefined) throw new Error(`${id} is gone`)
  return node
}
