import type { MemoryNode } from './memory-node.js'
import type { PositionedBatch } from './requests.js'

/** The cluster id of nodes that belong to none. */
export const noiseCluster = -1

/** Cluster id → indices of its members, clusters in ascending order; nodes without a cluster are left out. */
export function indicesByCluster(
  clusterIds: readonly (number | null)[],
): ReadonlyMap<number, readonly number[]> {
  const members = new Map<number, number[]>()
  clusterIds.forEach((clusterId, index) => {
    if (clusterId === null) return
    const list = members.get(clusterId)
    if (list) list.push(index)
    else members.set(clusterId, [index])
  })
  return new Map([...members].sort(([a], [b]) => a - b))
}

/**
 * Mean of the members' vectors, summed in float64 and scaled to unit length. Noise, nodes without a vector and
 * clusters whose mean is zero are left out.
 */
export async function centroidsOf(
  nextBatch: (after: number) => Promise<PositionedBatch<MemoryNode> | undefined>,
): Promise<ReadonlyMap<number, Float32Array>> {
  const sums = new Map<number, Float64Array>()
  for (let batch = await nextBatch(0); batch !== undefined; batch = await nextBatch(batch.position)) {
    batch.records.forEach(({ clusterId }, index) => {
      const vector = batch?.embeddings?.[index]
      if (clusterId === null || clusterId === noiseCluster || vector === undefined) return
      const sum = sums.get(clusterId) ?? new Float64Array(vector.length)
      sums.set(clusterId, sum)
      for (let i = 0; i < vector.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
    })
  }
  const centroids = new Map<number, Float32Array>()
  for (const [clusterId, sum] of [...sums].sort(([a], [b]) => a - b)) {
    const length = Math.hypot(...sum)
    if (length > 0)
      centroids.set(
        clusterId,
        Float32Array.from(sum, (value) => value / length),
      )
  }
  return centroids
}
