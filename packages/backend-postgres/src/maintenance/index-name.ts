import { createHash } from 'node:crypto'
import type { VectorTable } from './owner-index.js'

/** What {@link indexName} makes, as a regular expression of PostgreSQL. */
export const indexNamePattern = '^(node|episode)_hnsw_[0-9a-f]{32}$'

/** The name of an owner's index: always the same, and nobody reads the owner in it. */
export function indexName(table: VectorTable, ownerKey: string): string {
  const hash = createHash('sha256').update(`${table} ${ownerKey}`).digest('hex')
  return `${table === 'node_vector' ? 'node' : 'episode'}_hnsw_${hash.slice(0, 32)}`
}
