import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Parameters } from '../connection/parameters.js'
import { encodeVector, unitVector } from '../records/vector-codec.js'
import type { SearchRequest } from './search-request.js'

/**
 * The cosine of the vector `v` and the query as the database computes it: in float32, at most `scoreError` away from the
 * true one. An inner product costs half of what pgvector's own cosine does, and no index over vectors matches it, so
 * that a statement with it compares every row of the scope.
 */
export function roughCosine<T extends MemoryNode | EpisodicMemory>(
  { store, query }: SearchRequest<T>,
  parameters: Parameters,
): string {
  const unit = `${parameters.add(encodeVector(unitVector(query)))}::${store.vector.type}`
  return `-(v.embedding ${store.vector.negativeInnerProduct} ${unit}) * v.inverse_length`
}
