import type { Parameters } from '../connection/parameters.js'
import { encodeVector, unitVector } from '../records/vector-codec.js'
import type { Store } from '../store.js'

/** What an HNSW index keeps of a vector: it whole, or its components in 16 bits. */
export type IndexElement = 'vector' | 'halfvec'

/** Dimensions that pgvector can index at most. Source: `HNSW_MAX_DIM` in pgvector's src/hnsw.h. */
export const maxIndexedDimensions = { vector: 2000, halfvec: 4000 } as const

type Target = Pick<Store, 'vector' | 'dimensions'>

/**
 * The indexed expression over the column `embedding`; a search uses an index only with the very same one. Components of
 * any size are stored, but 16 bits hold few: only those of a unit vector surely fit.
 */
export function indexedExpression(
  { vector, dimensions }: Target,
  element: IndexElement,
  column: string,
): string {
  if (element === 'vector') return column
  return `(${vector.prefix}l2_normalize(${column})::${vector.halfType}(${dimensions}))`
}

/** The operator class of such an index: cosine distance. */
export function operatorClass({ vector }: Target, element: IndexElement): string {
  return `${vector.prefix}${element}_cosine_ops`
}

/** What an index sorts by: the distance of the vector `v` to the query. */
export function indexedDistance(
  store: Target,
  element: IndexElement,
  query: Float32Array,
  parameters: Parameters,
): string {
  const { vector, dimensions } = store
  const unit = `${parameters.add(encodeVector(unitVector(query)))}::${vector.type}`
  const wanted = element === 'vector' ? unit : `${unit}::${vector.halfType}(${dimensions})`
  return `${indexedExpression(store, element, 'v.embedding')} ${vector.cosineDistance} ${wanted}`
}
