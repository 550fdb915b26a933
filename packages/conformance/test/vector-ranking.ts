import type { ResolvedSearch } from '@holdfast/core'
import { cosine } from '../src/cosine-oracle.js'
import type { StoredRecord } from './record-table.js'

export interface RankedRecord {
  readonly record: StoredRecord
  readonly score: number
}

/** An exact search by a full sort. */
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
