import { type MemoryBackend, MemoryError, resolveScope, type Scope } from '@holdfast/core'
import type { Embedder } from './embedder.js'

/** A question in words, or a vector of the store's dimensions that stands for it. */
export type Query = string | Float32Array | readonly number[]

interface QueryContext {
  readonly backend: MemoryBackend
  readonly scope: Scope
  readonly embedder: Embedder | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * The vector to search with. Words are embedded, except where the answer is empty whatever they mean: for a scope
 * that names nobody and for a text of white space the result is a vector of zeros, which finds nothing.
 * @throws {TypeError} for words without an embedder; {MemoryError} `DIMENSION_MISMATCH`, `EMBEDDING_MISMATCH`, and
 * what the embedder throws.
 */
export async function queryVector(
  query: Query,
  { backend, scope, embedder, signal }: QueryContext,
): Promise<Float32Array | readonly number[]> {
  if (typeof query !== 'string') return query
  if (embedder === undefined) throw new TypeError('a query in words needs an embedder')
  checkEmbedder(embedder, backend)
  const { dimensions } = embedder.model
  if (resolveScope(scope) === undefined || query.trim() === '') return new Float32Array(dimensions)
  const [vector] = await embedder.embed([query], signal === undefined ? {} : { signal })
  if (vector?.length !== dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `the embedder gave ${vector?.length ?? 'no'} dimensions and says that its model has ${dimensions}`,
    )
  }
  return vector
}

/**
 * Checks that vectors of the embedder can be compared with those in the store, as far as the store knows its own.
 * @throws {MemoryError} `DIMENSION_MISMATCH`, `EMBEDDING_MISMATCH`.
 */
export function checkEmbedder({ model }: Embedder, backend: MemoryBackend): void {
  if (backend.dimensions !== undefined && backend.dimensions !== model.dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `the embedding model ${model.model} has ${model.dimensions} dimensions, the store has ${backend.dimensions}`,
    )
  }
  const stored = backend.embeddingModel
  if (stored !== undefined && (stored.provider !== model.provider || stored.model !== model.model)) {
    throw new MemoryError(
      'EMBEDDING_MISMATCH',
      `the store was written with ${stored.provider}/${stored.model}, the embedder is ${model.provider}/${model.model}`,
    )
  }
}
