const consonants = 'bdfgklmnprstvz'
const vowels = 'aeiou'
const syllables = [...consonants].flatMap((consonant) => [...vowels].map((vowel) => consonant + vowel))

/** Different words that a text can have. */
export const vocabularySize = 20_000

/** Words by rank, the most frequent first: the shorter the more frequent, as in a language. */
const vocabulary = Array.from({ length: vocabularySize }, (_, rank) => wordOf(rank))

/**
 * A word, the one of rank r with a probability near 1 / r (Zipf's law, "Human Behavior and the Principle of Least
 * Effort", 1949): the rank is e to the power of an even share of ln(size + 1), rounded down.
 */
export function zipfWord(random: () => number): string {
  return vocabulary[Math.floor(Math.exp(random() * Math.log(vocabularySize + 1))) - 1] ?? wordOf(0)
}

/**
 * That many words with a space between them, in one piece, as text from a file or the network is: what is added up word
 * by word is put together by whoever reads it first.
 */
export function zipfText(random: () => number, count: number): string {
  return Array.from({ length: Math.max(1, count) }, () => zipfWord(random)).join(' ')
}

function wordOf(rank: number): string {
  const last = syllables[rank % syllables.length] ?? ''
  return rank < syllables.length ? last : wordOf(Math.floor(rank / syllables.length) - 1) + last
}
