/** A document as a test makes it: the words of the question and of the answer. */
export interface KnownDocument {
  readonly id: string
  readonly human: readonly string[]
  readonly assistant: readonly string[]
}

/** A document that is found, and how well it matches. */
export interface KnownMatch {
  readonly id: string
  readonly score: number
}

/**
 * What a search by words has to find, by counting: Okapi BM25 with k1 1.2, b 0.75 and ln(1 + (N − n + 0.5) / (n + 0.5)),
 * written down once more so that a mistake in `@holdfast/core` does not hide. Highest first, then in the given order.
 * @param words of the query, each once.
 */
export function rankByCounting(
  words: readonly string[],
  documents: readonly KnownDocument[],
): readonly KnownMatch[] {
  const counted = documents.map(({ id, human, assistant }) => ({ id, words: [...human, ...assistant] }))
  const average = counted.reduce((sum, document) => sum + document.words.length, 0) / counted.length
  return counted
    .map(({ id, words: own }) => {
      let score = 0
      for (const word of words) {
        const frequency = own.filter((other) => other === word).length
        const having = counted.filter((document) => document.words.includes(word)).length
        if (frequency === 0) continue
        const rarity = Math.log(1 + (counted.length - having + 0.5) / (having + 0.5))
        score += (rarity * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * own.length) / average))
      }
      return { id, score }
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
}
