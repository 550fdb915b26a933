import type { MemoryBackend } from '@holdfast/core'
import type { KnownVector, Ranked } from './cosine-oracle.js'
import { acme, sampleNode } from './sample-records.js'

/** A vector under the id `v` and its number. */
export function known(index: number, vector: KnownVector['vector']): KnownVector {
  return { id: `v${index}`, vector }
}

/** Stores nodes with these vectors, in one batch. */
export async function insertVectors(backend: MemoryBackend, vectors: readonly KnownVector[]): Promise<void> {
  await backend.insertNodes(vectors.map(({ id, vector }) => sampleNode(id, { embedding: vector })))
}

/** Ids and scores of what a search finds. */
export async function search(
  backend: MemoryBackend,
  query: Float32Array,
  options: { readonly topK?: number; readonly minScore?: number } = {},
): Promise<readonly Ranked[]> {
  const found = await backend.vectorSearch(query, acme, options)
  return found.map(({ node, score }) => ({ id: node.id, score }))
}
