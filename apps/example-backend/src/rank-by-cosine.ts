import type { EmbeddingMatrix, ResolvedSearch } from '@holdfast/core'
import type { StoredRecord } from './record-table.js'

// #region cosine
export interface RankedRecord {
  readonly record: StoredRecord
  readonly score: number
}

/** An exact search by a full sort. Records without a vector are never found. */
export function rankByCosine(
  query: Float32Array,
  records: readonly StoredRecord[],
  { topK, minScore }: ResolvedSearch,
): readonly RankedRecord[] {
  return records
    .flatMap((record) => (record.embedding ? [{ record, score: cosine(query, record.embedding) }] : []))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || a.record.position - b.record.position)
    .slice(0, topK)
}

/** In float64, where no square of a float32 over- or underflows. Rounding can leave [-1, 1] by a little. */
function cosine(a: Float32Array, b: Float32Array): number {
  const score = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return Math.max(-1, Math.min(1, score))
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (const [index, value] of a.entries()) sum += value * (b[index] ?? 0)
  return sum
}
// #endregion

// #region matrix
/** The vectors of some records as one matrix, row after row. */
export function matrixOf(records: readonly StoredRecord[], dimensions: number): EmbeddingMatrix {
  const rows = records.flatMap(({ id, embedding }) => (embedding ? [{ id, embedding }] : []))
  const data = new Float32Array(rows.length * dimensions)
  for (const [row, { embedding }] of rows.entries()) data.set(embedding, row * dimensions)
  return { nodeIds: rows.map(({ id }) => id), rows: rows.length, dimensions, data }
}
// #endregion
