import type { EmbeddingMatrix } from '@holdfast/core'
import type { Collection } from '../snapshot/snapshot.js'

/** The vectors of some rows, `undefined` where one has none. @param rows ascending. */
export async function readVectors(
  { vectors }: Collection,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<(Float32Array | undefined)[]> {
  const found: (Float32Array | undefined)[] = []
  if (vectors === undefined) return found
  for await (const block of vectors.read(rows, signal)) {
    for (let index = 0; index < block.rows.length; index++) found.push(vectors.vectorOf(block, index))
  }
  return found
}

/** The vectors of some rows as one matrix; rows without one are left out. @param rows ascending. */
export async function readMatrix(
  { vectors, table }: Collection,
  rows: readonly number[],
  dimensions: number,
  signal: AbortSignal | undefined,
): Promise<EmbeddingMatrix> {
  const data = new Float32Array(rows.length * dimensions)
  const nodeIds: string[] = []
  if (vectors !== undefined) {
    for await (const block of vectors.read(rows, signal)) {
      for (const [index, row] of block.rows.entries()) {
        const vector = vectors.vectorOf(block, index)
        if (vector === undefined) continue
        data.set(vector, nodeIds.length * dimensions)
        nodeIds.push(table.id(row))
      }
    }
  }
  const used = nodeIds.length * dimensions
  return {
    nodeIds,
    rows: nodeIds.length,
    dimensions,
    data: used === data.length ? data : data.slice(0, used),
  }
}
