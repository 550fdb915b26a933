import { bm25, lengthPenalty, wordRarity } from '@holdfast/core'

/** The nodes that have one word of the query, by number, and how often. */
interface Postings {
  readonly nodes: number[]
  readonly frequencies: number[]
}

/** What a search finds out about its scope: counts, and the nodes that have a word of the query. */
export class WordMatches {
  /** Nodes of the scope, and words of all of them. */
  #count = 0
  #totalLength = 0
  /** By number of a node. */
  readonly #positions: number[] = []
  readonly #lengths: number[] = []
  /** By word of the query. */
  readonly #postings: readonly Postings[]

  constructor(wordCount: number) {
    this.#postings = Array.from({ length: wordCount }, () => ({ nodes: [], frequencies: [] }))
  }

  /** Counts nodes of the scope, whether they match or not. */
  count(nodes: number, totalLength: number): void {
    this.#count += nodes
    this.#totalLength += totalLength
  }

  /** Takes a node that may match; once for each. @returns its number. */
  addNode(position: number, length: number): number {
    this.#lengths.push(length)
    return this.#positions.push(position) - 1
  }

  /** Says that a node has a word of the query; once for each that it has. */
  add(word: number, node: number, frequency: number): void {
    const postings = this.#postings[word]
    postings?.nodes.push(node)
    postings?.frequencies.push(frequency)
  }

  /** By number of a node its position. */
  get positions(): readonly number[] {
    return this.#positions
  }

  /** By number of a node its score, as `@holdfast/core` defines it; 0 for one that does not match. */
  scores(): Float64Array {
    const average = this.#totalLength / this.#count
    const penalties = Float64Array.from(this.#lengths, (length) => lengthPenalty(length, average))
    const scores = new Float64Array(this.#positions.length)
    for (const { nodes, frequencies } of this.#postings) {
      if (nodes.length === 0) continue
      const rarity = wordRarity(this.#count, nodes.length)
      for (let at = 0; at < nodes.length; at++) {
        const node = nodes[at] ?? 0
        const frequency = frequencies[at] ?? 0
        // The steps of `wordWeight`, so that a score is the same to the bit in every backend.
        const weight = (frequency * (bm25.k1 + 1)) / (frequency + (penalties[node] ?? 0))
        scores[node] = (scores[node] ?? 0) + rarity * weight
      }
    }
    return scores
  }
}
