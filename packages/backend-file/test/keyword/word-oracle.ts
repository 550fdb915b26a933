import {
  type MemoryBackend,
  type MemoryNode,
  matchesFilter,
  type NodeFilter,
  resolveFilter,
  type Scope,
  wordRarity,
  wordsOf,
  wordWeight,
} from '@holdfast/core'

export interface Found {
  readonly id: string
  readonly text: string
  readonly score: number
}

/** What a search has to find, by counting words in every node: nothing is remembered, nothing is clever. */
export function findByWords(
  query: string,
  nodes: readonly MemoryNode[],
  { topK = 10, filter }: { readonly topK?: number; readonly filter?: NodeFilter } = {},
): readonly Found[] {
  const wanted = [...new Set(wordsOf(query))]
  const documents = nodes.map((node) => ({
    node,
    words: [...wordsOf(node.humanContent), ...wordsOf(node.assistantContent)],
  }))
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length
  const having = new Map(
    wanted.map((word) => [word, documents.filter(({ words }) => words.includes(word)).length]),
  )
  const resolved = resolveFilter(filter)
  return documents
    .map(({ node, words }) => {
      let score = 0
      for (const word of wanted) {
        const frequency = words.filter((other) => other === word).length
        if (frequency === 0) continue
        score +=
          wordRarity(documents.length, having.get(word) ?? 0) * wordWeight(frequency, words.length, average)
      }
      return { node, score }
    })
    .filter(({ node, score }) => score > 0 && (resolved === undefined || matchesFilter(node, resolved)))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK)
    .map(({ node, score }) => ({ id: node.id, text: textOf(node), score }))
}

/** The same, by the backend. */
export async function search(
  backend: MemoryBackend,
  query: string,
  scope: Scope,
  options: { readonly topK?: number; readonly filter?: NodeFilter } = {},
): Promise<readonly Found[]> {
  const found = await backend.keywordSearch(query, scope, options)
  return found.map(({ node, score }) => ({ id: node.id, text: textOf(node), score }))
}

function textOf({ humanContent, assistantContent }: MemoryNode): string {
  return `${humanContent}|${assistantContent}`
}
