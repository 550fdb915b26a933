import { bm25, lengthPenalty, wordRarity } from '@holdfast/core'

/** A node and how well it matches. */
export interface WordMatch {
  readonly position: number
  readonly score: number
}

/** The nodes that have one of the words. */
interface Postings {
  /** Numbers of nodes in {@link WordMatches}. */
  readonly nodes: number[]
  readonly frequencies: number[]
}

/** What a search finds out about its scope: counts, and the nodes that have a word of the query. */
export class WordMatches {
  /** Nodes of the scope, and words of all of them. */
  #count = 0
  #totalLength = 0
  /** Of the nodes that match, by number. */
  readonly #positions: number[] = []
  readonly #lengths: number[] = []
  readonly #numbers = new Map<number, number>()
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

  /** Takes a node that has a word; once for each word that it has. */
  add(word: number, position: number, length: number, frequency: number): void {
    const postings = this.#postings[word]
    let number = this.#numbers.get(position)
    if (number === undefined) {
      number = this.#positions.length
      this.#numbers.set(position, number)
      this.#positions.push(position)
      this.#lengths.push(length)
    }
    postings?.nodes.push(number)
    postings?.frequencies.push(frequency)
  }

  /** All that match, in no order, with scores as `@holdfast/core` defines them. */
  scored(): readonly WordMatch[] {
    const average = this.#totalLength / this.#count
    const penalties = this.#lengths.map((length) => lengthPenalty(length, average))
    const scores = new Float64Array(this.#positions.length)
    for (const { nodes, frequencies } of this.#postings) {
      if (nodes.length === 0) continue
      const rarity = wordRarity(this.#count, nodes.length)
      for (const [at, number] of nodes.entries()) {
        const frequency = frequencies[at] ?? 0
        // The steps of `wordWeight`, so that a score is the same to the bit in every backend.
        const weight = (frequency * (bm25.k1 + 1)) / (frequency + (penalties[number] ?? 0))
        scores[number] = (scores[number] ?? 0) + rarity * weight
      }
    }
    return this.#positions.map((position, number) => ({ position, score: scores[number] ?? 0 }))
  }
}
