import type { MemoryNode } from './memory-node.js'

/** UTF-16 units that count of a word; what is behind them is not compared. */
export const maxWordLength = 64

/**
 * Changes whenever {@link wordsOf} gives other words for some text. An index that is kept on disk names it, together
 * with the version of Unicode (`process.versions.unicode`), and is made anew when either differs.
 */
export const wordRules = 1

/** UTF-16 units that are looked at in one piece. */
const pieceLength = 1 << 15

const outsideAscii = /[\u0080-\uffff]/
const asciiWord = /[a-z0-9]+/g

/** Scripts that write no space between words, but for Katakana and Hangul, whose runs are words by UAX #29. */
const unspaced =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]'
const unspacedWord = `(?=[\\p{L}\\p{N}])${unspaced}\\p{M}*`
const spacedWord = `(?!${unspaced})[\\p{L}\\p{N}](?:(?!${unspaced})[\\p{L}\\p{N}\\p{M}])*`
const unicodeWord = new RegExp(`${unspacedWord}|${spacedWord}`, 'gu')

/**
 * Marks in a row that are kept, as in the stream-safe text format of UAX #15 §13: sorting them takes quadratic time,
 * so that a text of nothing else would stop the program.
 */
const tooManyMarks = /(\p{M}{30})\p{M}+/gu
const ignorable = /\p{Default_Ignorable_Code_Point}+/gu

/**
 * The words of a text in their order, as keyword search compares them. The rules are the same on every machine and in
 * every backend; no language is assumed.
 *
 * The text is brought into the form NFKC and lower case, without what is ignorable (soft hyphens, joiners, variation
 * selectors), and with ß as ss and ς as σ: in essence `toNFKC_Casefold` of the Unicode Standard, section 3.13. A word
 * is a run of letters and numbers, with the marks on them (general categories L, N and M); everything else stands
 * between words, also the apostrophe, `_` and `.`. In Han, Hiragana, Thai, Lao, Khmer and Burmese, which write no
 * space between words, every letter is a word; for the first two that is the default of UAX #29. Accents count, words
 * are not stemmed, and none is left out for being common. Of a word longer than 64 UTF-16 units only those count.
 *
 * Takes time in proportion to the text. A text with 32,768 units without any white space is cut there.
 */
export function wordsOf(text: string): readonly string[] {
  if (text.length <= pieceLength) return wordsOfPiece(text)
  return Array.from(wordBatches(text)).flat()
}

/** The same words, piece by piece, so that a caller can pause within a long text. */
export function* wordBatches(text: string): Generator<readonly string[]> {
  for (let start = 0; start < text.length; ) {
    const end = endOfPiece(text, start)
    yield wordsOfPiece(text.slice(start, end))
    start = end
  }
}

/** The texts of a node that are searched by words: the question and the answer. No word reaches from one into the other. */
export function searchedTexts(
  node: Pick<MemoryNode, 'humanContent' | 'assistantContent'>,
): readonly string[] {
  return [node.humanContent, node.assistantContent]
}

/** The words of what is asked for, each once, in their order: asking for a word twice does not make it count twice. */
export function queryWords(text: string): readonly string[] {
  return [...new Set(wordsOf(text))]
}

function wordsOfPiece(text: string): readonly string[] {
  const words = outsideAscii.test(text)
    ? foldCase(text).match(unicodeWord)
    : text.toLowerCase().match(asciiWord)
  return words?.map(clip) ?? []
}

function foldCase(text: string): string {
  return text
    .replace(tooManyMarks, '$1')
    .normalize('NFKC')
    .replace(ignorable, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
}

function clip(word: string): string {
  if (word.length <= maxWordLength) return word
  return word.slice(0, isLowSurrogate(word, maxWordLength) ? maxWordLength - 1 : maxWordLength)
}

/** Behind the last white space that fits; without any, where no surrogate pair is cut. */
function endOfPiece(text: string, start: number): number {
  const limit = start + pieceLength
  if (limit >= text.length) return text.length
  for (let at = limit; at > start; at--) if (text.charCodeAt(at - 1) <= 0x20) return at
  return isLowSurrogate(text, limit) ? limit - 1 : limit
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff
}
