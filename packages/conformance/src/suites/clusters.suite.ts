import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, idsOf, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** Clusters are those of the scope: its indices, its means. */
export function clustersSuite(harness: BackendHarness): void {
  describe('clusters', () => {
    it('names the members by their place in getNodes, noise as -1, in ascending order', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(idsOf(await backend.getNodes(acme))).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
        expect([...(await backend.getClusterInfo(acme))]).toEqual([
          [-1, [1]],
          [0, [3]],
          [7, [0, 4, 5]],
        ])
        expect([...(await backend.getClusterInfo({ tenantId: 'other' }))]).toEqual([[7, [0]]])
        expect([...(await backend.getClusterInfo({ userId: 'kim' }))]).toEqual([[7, [0, 1]]])
        expect([...(await backend.getClusterInfo({ tenantId: 'nobody' }))]).toEqual([])
      }))

    it('gives the mean of the vectors in the scope, at unit length, without noise', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const centroids = await backend.getClusterCentroids(acme)
        expect([...centroids.keys()]).toEqual([0, 7])
        expect(centroids.get(0)).toEqual(axis(4))
        // a = 3 on the first axis, e = 4 on the second, f has no vector.
        const seven = centroids.get(7) ?? new Float32Array(0)
        expect(seven).toBeInstanceOf(Float32Array)
        for (const [index, value] of [0.6, 0.8, 0, 0, 0, 0, 0, 0].entries()) {
          expect(seven[index]).toBeCloseTo(value, 6)
        }
        expect([...(await backend.getClusterCentroids({ tenantId: 'other' }))]).toEqual([[7, axis(6)]])
        expect([...(await backend.getClusterCentroids({ tenantId: 'nobody' }))]).toEqual([])
      }))

    it('has no centroid for a cluster without vectors or with a mean of zero', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([
          sampleNode('none', { clusterId: 1 }),
          sampleNode('up', { clusterId: 2, embedding: axis(0) }),
          sampleNode('down', { clusterId: 2, embedding: axis(0, 8, -1) }),
          sampleNode('there', { clusterId: 3, embedding: axis(0) }),
        ])
        expect([...(await backend.getClusterCentroids(acme)).keys()]).toEqual([3])
        expect([...(await backend.getClusterInfo(acme)).keys()]).toEqual([1, 2, 3])
      }))

    it('covers more nodes than one batch of a scan holds', () =>
      withBackend(harness, async (backend) => {
        const nodes = Array.from({ length: 600 }, (_, index) =>
          sampleNode(`n${index}`, { clusterId: index % 3, embedding: axis(index % 3 === 0 ? index % 2 : 5) }),
        )
        await backend.insertNodes(nodes)
        const info = await backend.getClusterInfo(acme)
        expect([...info].map(([cluster, members]) => [cluster, members.length])).toEqual([
          [0, 200],
          [1, 200],
          [2, 200],
        ])
        expect(info.get(1)?.slice(0, 3)).toEqual([1, 4, 7])
        const [first = 0, second = 0] = (await backend.getClusterCentroids(acme)).get(0) ?? []
        expect(first).toBeCloseTo(Math.SQRT1_2, 6)
        expect(second).toBeCloseTo(Math.SQRT1_2, 6)
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([
    sampleNode('a', { clusterId: 7, embedding: axis(0, 8, 3), userId: 'kim' }),
    sampleNode('x', { tenantId: 'other', clusterId: 7, embedding: axis(6), userId: 'kim' }),
    sampleNode('b', { clusterId: -1, embedding: axis(2) }),
    sampleNode('c', { embedding: axis(3) }),
    sampleNode('d', { clusterId: 0, embedding: axis(4, 8, 9) }),
  ])
  await backend.insertNodes([
    sampleNode('e', { clusterId: 7, embedding: axis(1, 8, 4) }),
    sampleNode('f', { clusterId: 7 }),
  ])
}
