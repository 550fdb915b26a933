import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Parameters } from '../connection/parameters.js'
import { encodeVector, unitVector } from '../records/vector-codec.js'
import { halfQuery } from './half-query.js'
import { roughScoreError, scoreError } from './score-error.js'
import type { SearchRequest } from './search-request.js'

/** A cosine of the vector `v` and the query that the database computes, and how far it may lie from the true one. */
export interface RoughCosine {
  readonly error: number
  /** As an expression. An inner product costs half of what pgvector's own cosine does, and no index matches it. */
  text(parameters: Parameters): string
}

/** The cosine that a search orders the rows of a scope by: of the rough copies where there are some. */
export function roughCosine<T extends MemoryNode | EpisodicMemory>(request: SearchRequest<T>): RoughCosine {
  const { store, query } = request
  if (store.layout === 'whole') return wholeCosine(request)
  const { vector, dimensions } = store
  const { values, error } = halfQuery(query)
  return {
    error: roughScoreError(dimensions, error),
    text(parameters) {
      const rounded = `${parameters.add(encodeVector(values))}::${vector.type}::${vector.halfType}(${dimensions})`
      return `-(v.rough ${vector.negativeInnerProduct} ${rounded})`
    },
  }
}

/** The cosine of the vector itself, in float32. */
export function wholeCosine<T extends MemoryNode | EpisodicMemory>({
  store: { vector, dimensions },
  query,
}: SearchRequest<T>): RoughCosine {
  return {
    error: scoreError(dimensions),
    text(parameters) {
      const unit = `${parameters.add(encodeVector(unitVector(query)))}::${vector.type}`
      return `-(v.embedding ${vector.negativeInnerProduct} ${unit}) * v.inverse_length`
    },
  }
}
