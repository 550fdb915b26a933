import type { MemoryBackend, MemoryNodeInput, NodeFilter, Scope } from '@holdfast/core'
import { expect } from '#test'
import type { KnownDocument, KnownMatch } from './bm25-oracle.js'
import { acme, sampleNode } from './sample-records.js'

export interface WordSearch {
  readonly scope?: Scope
  readonly topK?: number
  readonly filter?: NodeFilter
}

/** A node of tenant `acme` with this question and an empty answer. */
export function spoken(
  id: string,
  humanContent: string,
  changes: Partial<MemoryNodeInput> = {},
): MemoryNodeInput {
  return sampleNode(id, { humanContent, assistantContent: '', ...changes })
}

/** The node of a document. */
export function nodeOf({ id, human, assistant }: KnownDocument): MemoryNodeInput {
  return sampleNode(id, { humanContent: human.join(' '), assistantContent: assistant.join(' ') })
}

/** Ids and scores of what is found. */
export async function findWords(
  backend: MemoryBackend,
  text: string,
  { scope = acme, ...options }: WordSearch = {},
): Promise<readonly KnownMatch[]> {
  const found = await backend.keywordSearch(text, scope, options)
  return found.map(({ node, score }) => ({ id: node.id, score }))
}

/** Ids of what is found, the best first. */
export async function wordHits(
  backend: MemoryBackend,
  text: string,
  options: WordSearch = {},
): Promise<readonly string[]> {
  return (await findWords(backend, text, options)).map(({ id }) => id)
}

/** Scores within 1e-5, and the same order wherever two of them differ by more; equal scores in the expected order. */
export function expectMatches(
  found: readonly KnownMatch[],
  expected: readonly KnownMatch[],
  what: string,
): void {
  expect(found.length, what).toBe(expected.length)
  const scores = new Map(expected.map(({ id, score }) => [id, score]))
  for (const [at, { id, score }] of found.entries()) {
    expect(Math.abs(score - (scores.get(id) ?? Number.NaN)), `${what}: score of ${id}`).toBeLessThanOrEqual(
      1e-5,
    )
    const there = expected[at]?.score ?? Number.NaN
    expect(Math.abs(score - there), `${what}: place ${at}`).toBeLessThanOrEqual(1e-5)
  }
}
