import type { MemoryNode, ScoredNode } from '@holdfast/core'

const k1 = 1.2
const b = 0.75

/** BM25 over both contents; words are runs of letters and digits, lower case. */
export function rankByWords(query: string, nodes: readonly MemoryNode[]): readonly ScoredNode[] {
  const documents = nodes.map((node) => ({
    node,
    words: wordsOf(`${node.humanContent} ${node.assistantContent}`),
  }))
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length
  const wanted = new Set(wordsOf(query))
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

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
