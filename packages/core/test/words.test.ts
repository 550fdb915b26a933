import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxWordLength, queryWords, searchedTexts, wordBatches, wordsOf } from '../src/index.js'
import './support/seed.js'

describe('wordsOf', () => {
  it.each([
    ['', []],
    [' \t\n.,;:!?-+=<>|&"\'`', []],
    ['The quick brown fox', ['the', 'quick', 'brown', 'fox']],
    ["don't snake_case kebab-case a.b.c", ['don', 't', 'snake', 'case', 'kebab', 'case', 'a', 'b', 'c']],
    ['Error E42: 0x1F, 3.14', ['error', 'e42', '0x1f', '3', '14']],
    // Case, also where a language or a place in the word would make a difference.
    ['İstanbul ISIK ı', ['i\u0307stanbul', 'isik', 'ı']],
    ['ΟΔΟΣ οδος οδοσ', ['οδοσ', 'οδοσ', 'οδοσ']],
    ['STRASSE Straße STRAẞE', ['strasse', 'strasse', 'strasse']],
    // One letter in several forms.
    ['caf\u00e9 cafe\u0301 CAFE\u0301', ['caf\u00e9', 'caf\u00e9', 'caf\u00e9']],
    ['H\u0331 \u1e96', ['\u1e96', '\u1e96']],
    ['ﬁle ｆｕｌｌ Ⓐ ㎏ \u212a', ['file', 'full', 'a', 'kg', 'k']],
    ['résumé resume', ['résumé', 'resume']],
    // What nobody sees does not part a word, and a mark alone is none.
    ['co\u00adoperate zero\u200dwidth', ['cooperate', 'zerowidth']],
    ['\u0301 \u20e3 ❤\ufe0f 1\ufe0f\u20e3 👍🏽', ['1\u20e3']],
    ['可愛い猫 カタカナ 한국어 text', ['可', '愛', 'い', '猫', 'カタカナ', '한국어', 'text']],
    ['ภาษาไทย', ['ภ', 'า', 'ษ', 'า', 'ไ', 'ท', 'ย']],
    ['हिन्दी العربية עברית', ['हिन्दी', 'العربية', 'עברית']],
    ['𝒳𝒴 𐐀𐐁 𠀋𠀌', ['xy', '𐐨𐐩', '𠀋', '𠀌']],
    ['a\0b\ud800c', ['a', 'b', 'c']],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
    expect(Array.from(wordBatches(text)).flat()).toEqual(words)
  })

  it('finds the same words in a text, its upper case and its decomposed form', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 })
    const folded = (words: readonly string[]) => words.map((word) => word.normalize('NFKD'))
    fc.assert(
      fc.property(text, (it) => {
        expect(folded(wordsOf(it.normalize('NFD')))).toEqual(folded(wordsOf(it)))
        expect(wordsOf(wordsOf(it).join(' '))).toEqual(wordsOf(it))
      }),
    )
    expect(wordsOf('Ünïcödé'.toUpperCase())).toEqual(wordsOf('ünïcödé'))
  })

  it('does not depend on the case rules of a language', () => {
    const inTurkish = 'TITLE'.toLocaleLowerCase('tr')
    expect(inTurkish).not.toBe('title')
    expect(wordsOf('TITLE')).toEqual(['title'])
  })

  it('compares the first 64 units of a word, and cuts no surrogate pair', () => {
    const long = 'x'.repeat(maxWordLength)
    expect(wordsOf(`${long}abc ${long} ${long.slice(1)}`)).toEqual([long, long, long.slice(1)])
    const pairs = `x${'𐐨'.repeat(40)}`
    expect(wordsOf(pairs)).toEqual([`x${'𐐨'.repeat(31)}`])
  })

  it('gives the words of a long text piece by piece, and cuts none of them', () => {
    for (const word of ['word', 'wörd', '猫']) {
      const text = `${word} `.repeat(40_000)
      const batches = Array.from(wordBatches(text))
      expect(batches.length).toBeGreaterThan(1)
      expect(batches.flat()).toEqual(Array(40_000).fill(word))
      expect(wordsOf(text)).toEqual(batches.flat())
    }
    const whole = Array.from(wordBatches('😀'.repeat(100_000).concat('x')))
    expect(whole.flat()).toEqual(['x'])
    expect(Array.from(wordBatches(`a${'𐐨'.repeat(40_000)}`)).flat()[0]).toBe(`a${'𐐨'.repeat(31)}`)
  })

  it('is through with a million marks, which take quadratic time to sort', () => {
    const text = `a${'\u0301\u0323'.repeat(500_000)} b`
    const words = wordsOf(text)
    expect(words[0]?.startsWith('ạ')).toBe(true)
    expect(words.at(-1)).toBe('b')
  })
})

describe('queryWords', () => {
  it('names each word once, in the order of the first', () => {
    expect(queryWords('b a B c a')).toEqual(['b', 'a', 'c'])
    expect(queryWords(' … ')).toEqual([])
  })
})

describe('searchedTexts', () => {
  it('are the question and the answer', () => {
    expect(searchedTexts({ humanContent: 'why', assistantContent: 'because' })).toEqual(['why', 'because'])
  })
})
