/** Columns of `node_words` that hold words: the words of a node are spread over them by a hash. */
export const wordColumns: readonly string[] = Array.from({ length: 16 }, (_, at) => `w${at}`)

/**
 * A column holds, word after word: {@link separator}, the word in UTF-8, {@link behindWord}, and how often it stands
 * in the node: as one byte, or as the byte {@link longFrequency} and {@link longDigits} digits. Words are letters,
 * numbers and marks. A frequency that looks like a separator has another one behind it, or nothing, so that what
 * {@link needleOf} gives stands nowhere but before the frequency of its word.
 */
export const separator = 0x0a
export const behindWord = 0x09
export const longFrequency = 127
export const longDigits = 10

/** The column that a word is in, where it is. */
export function columnOf(word: string): string {
  return `w${columnAt(wordHash(word))}`
}

/** What stands in that column right before the frequency of the word. */
export function needleOf(word: string): Buffer {
  return Buffer.from(`\n${word}\t`)
}

/** The number of the column of words with this hash. */
export function columnAt(hash: number): number {
  return hash & 15
}

const hashStart = 0x811c9dc5
const hashPrime = 0x01000193

/** 32 bits: FNV-1a over UTF-16 units, with a finish as of MurmurHash3 (both public domain). What is stored depends on it. */
export function wordHash(word: string): number {
  let hash = hashStart
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), hashPrime)
  return finishHash(hash)
}

/** The {@link wordHash} of a word in ASCII. */
export function asciiWordHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashStart
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), hashPrime)
  return finishHash(hash)
}

function finishHash(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (mixed ^ (mixed >>> 13)) >>> 0
}
