import type { EmbeddingMatrix } from '@holdfast/core'
import type { Collection } from './collection.js'
import type { Rows } from './row-list.js'
import { vectorBlocks, vectorOf } from './vector-blocks.js'

/** The vectors of some rows, `undefined` where one has none. */
export async function readVectors(
  { index }: Collection,
  rows: Rows,
  signal: AbortSignal | undefined,
): Promise<(Float32Array | undefined)[]> {
  const found = new Map<number, Float32Array | undefined>()
  for await (const block of vectorBlocks(index, rows, signal)) {
    for (const [at, row] of block.rows.entries()) found.set(row, vectorOf(block, at))
  }
  return Array.from(rows, (row) => found.get(row))
}

/** The vectors of some rows as one matrix; rows without one are left out. */
export async function readMatrix(
  { index }: Collection,
  rows: Rows,
  dimensions: number,
  signal: AbortSignal | undefined,
): Promise<EmbeddingMatrix> {
  const data = new Float32Array(rows.length * dimensions)
  const nodeIds: string[] = []
  for await (const block of vectorBlocks(index, rows, signal)) {
    for (const [at, row] of block.rows.entries()) {
      const vector = vectorOf(block, at)
      if (vector === undefined) continue
      data.set(vector, nodeIds.length * dimensions)
      nodeIds.push(index.id(row))
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
