import { type MemoryNode, type ScoredNode, searchedTexts, wordsOf } from '@holdfast/core'

export interface Ranking {
  readonly k1?: number
  readonly b?: number
  readonly wordsIn?: (text: string) => readonly string[]
}

/** BM25 over both contents. @param parameters that a wrong backend changes. */
export function rankOtherwise(
  query: string,
  nodes: readonly MemoryNode[],
  { k1 = 1.2, b = 0.75, wordsIn = wordsOf }: Ranking = {},
): readonly ScoredNode[] {
  const documents = nodes.map((node) => ({
    node,
    words: searchedTexts(node).flatMap(wordsIn),
  }))
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length
  const wanted = new Set(wordsIn(query))
  return documents
    .map(({ node, words }) => {
      let score = 0
      for (const word of wanted) {
        const frequency = words.filter((candidate) => candidate === word).length
        const having = documents.filter((document) => document.words.includes(word)).length
        const rarity = Math.log(1 + (documents.length - having + 0.5) / (having + 0.5))
        score += (rarity * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * words.length) / average))
      }
      return { node, score }
    })
    .filter(({ score }) => score > 0)
    .sort((x, y) => y.score - x.score)
}
