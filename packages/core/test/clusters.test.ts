import { describe, expect, it } from 'vitest'
import { type MemoryNode, parseMemoryNode } from '../src/index.js'
import { FakeBackend } from './support/fake-backend.js'

const scope = { tenantId: 't' }
const node = (clusterId: number | null): MemoryNode =>
  parseMemoryNode({ humanContent: 'q', assistantContent: 'a', clusterId })

describe('getClusterInfo', () => {
  it('gives indices by cluster, clusters in ascending order', async () => {
    const info = await new FakeBackend().getClusterInfo(scope)
    expect([...info]).toEqual([
      [-1, [2]],
      [3, [0, 3]],
    ])
  })
})

describe('getClusterCentroids', () => {
  it('gives the mean of each cluster at unit length over all batches', async () => {
    const backend = new FakeBackend({
      nodeBatches: [
        {
          records: [node(7), node(-1), node(null), node(2), node(5)],
          embeddings: [
            [3, 0],
            [9, 9],
            [9, 9],
            [0, 2],
            [1, 0],
          ].map((row) => new Float32Array(row)),
          position: 5,
        },
        {
          records: [node(7), node(7), node(5)],
          embeddings: [new Float32Array([0, 4]), undefined, new Float32Array([-1, 0])],
          position: 8,
        },
        { records: [node(2)], position: 9 },
      ],
    })
    const centroids = await backend.getClusterCentroids(scope)
    expect([...centroids]).toEqual([
      [2, new Float32Array([0, 1])],
      [7, new Float32Array([0.6, 0.8])],
    ])
    expect(backend.calls.map(({ args }) => args[1])).toMatchObject(
      [0, 5, 8, 9].map((after) => ({ after, withEmbeddings: true })),
    )
  })

  it('does not overflow', async () => {
    const embeddings = [new Float32Array([3e38, 0]), new Float32Array([3e38, 0])]
    const backend = new FakeBackend({
      nodeBatches: [{ records: [node(1), node(1)], embeddings, position: 2 }],
    })
    expect([...(await backend.getClusterCentroids(scope))]).toEqual([[1, new Float32Array([1, 0])]])
  })
})
