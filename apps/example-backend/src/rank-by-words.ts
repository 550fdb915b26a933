import {
  type MemoryNode,
  queryWords,
  type ScoredNode,
  searchedTexts,
  wordRarity,
  wordsOf,
  wordWeight,
} from '@holdfast/core'

// #region words
/** All nodes that have one of the words, the best first. @param nodes of the whole scope, in their order. */
export function rankByWords(text: string, nodes: readonly MemoryNode[]): readonly ScoredNode[] {
  const documents = nodes.map((node) => ({ node, words: searchedTexts(node).flatMap(wordsOf) }))
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length
  const scores = documents.map(() => 0)
  for (const word of queryWords(text)) {
    const frequencies = documents.map(({ words }) => words.filter((other) => other === word).length)
    const having = frequencies.filter((frequency) => frequency > 0).length
    for (const [at, { words }] of documents.entries()) {
      const frequency = frequencies[at] ?? 0
      if (frequency === 0) continue
      const weight = wordRarity(documents.length, having) * wordWeight(frequency, words.length, average)
      scores[at] = (scores[at] ?? 0) + weight
    }
  }
  return documents
    .map(({ node }, at) => ({ node, score: scores[at] ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
}
// #endregion
