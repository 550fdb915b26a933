import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { withBackend } from '../with-backend.js'
import { findWords, spoken, wordHits } from '../word-sample.js'

/** What finds what: a text, and what is asked. */
const found: readonly (readonly [text: string, query: string])[] = [
  ['The Quick BROWN fox', 'quick'],
  ['The Quick BROWN fox', 'bRown'],
  ['Die Straße', 'STRASSE'],
  ['ΟΔΟΣ', 'οδος'],
  ['Žižek', 'ŽIŽEK'],
  // One letter in several forms.
  ['caf\u00e9', 'cafe\u0301'],
  ['E\u0301TUDE', '\u00e9tude'],
  ['q\u0307\u0323', 'q\u0323\u0307'],
  ['ｆｕｌｌｗｉｄｔｈ ﬁle', 'fullwidth'],
  ['ｆｕｌｌｗｉｄｔｈ ﬁle', 'file'],
  ['co\u00adoperate', 'cooperate'],
  // Numbers, and what stands between words.
  ['error E42 in 2024', 'e42'],
  ['error E42 in 2024', '2024'],
  ['pi is 3.14', '14'],
  ['snake_case kebab-case a.b', 'case'],
  ["don't", 'don'],
  ['mail@example.org', 'example'],
  ['٤٢', '٤٢'],
  // Scripts without spaces between words, and others.
  ['私は猫が好きです', '猫'],
  ['東京都', '京'],
  ['カタカナ', 'カタカナ'],
  ['한국어 텍스트', '한국어'],
  ['ภาษาไทย', 'ท'],
  ['हिन्दी भाषा', 'हिन्दी'],
  ['שלום עולם', 'עולם'],
  ['𝒳𝒴', 'xy'],
  ['𐐀𐐁', '𐐨𐐩'],
  [`${'long'.repeat(1000)} end`, 'end'],
  [`${'word '.repeat(40_000)}end`, 'end'],
]

const missed: readonly (readonly [text: string, query: string])[] = [
  ['apples', 'apple'],
  ['apple', 'app'],
  ['pineapple', 'apple'],
  ['caf\u00e9', 'cafe'],
  ['カタカナ', 'カ'],
  ['हिन्दी', 'ह'],
  ['E42', '42'],
  ['3.14', '314'],
  ['👍 !?', '👍'],
  ['ı', 'i'],
]

/** What a word is: part of the suite of keyword search. */
export function keywordWords(harness: BackendHarness): void {
  it('finds words whatever their case and form', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes(found.map(([text], at) => spoken(`n${at}`, text)))
      for (const [at, [text, query]] of found.entries()) {
        const hits = await wordHits(backend, query, { topK: 100 })
        expect(hits, `${query} in ${text.slice(0, 40)}`).toContain(`n${at}`)
        expect(hits.length, query).toBeLessThan(5)
      }
    }))

  it('finds whole words only, with their accents', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes(missed.map(([text], at) => spoken(`n${at}`, `${text} here`)))
      for (const [at, [text, query]] of missed.entries()) {
        expect(await wordHits(backend, query, { topK: 100 }), `${query} in ${text}`).not.toContain(`n${at}`)
      }
      expect(await wordHits(backend, 'here', { topK: 100 })).toHaveLength(missed.length)
    }))

  it('searches the question and the answer, and joins no word across them', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes([
        spoken('a', 'sun', {
          assistantContent: 'flower',
          tags: { hidden: ['hidden'] },
          source: 'hidden',
        }),
        spoken('b', '', { assistantContent: 'sun' }),
      ])
      expect(await wordHits(backend, 'sun')).toEqual(['b', 'a'])
      expect(await wordHits(backend, 'flower')).toEqual(['a'])
      expect(await wordHits(backend, 'sunflower')).toEqual([])
      expect(await wordHits(backend, 'hidden')).toEqual([])
      expect(await wordHits(backend, 'a')).toEqual([])
    }))

  it('finds nothing for a text without words, and nothing in one', () =>
    withBackend(harness, async (backend) => {
      const empty = ['', ' ', '\n\t', '…', '!?', '👍🏽', '\0', '\u0301', '\u200d', '___']
      await backend.insertNodes([...empty.map((text, at) => spoken(`e${at}`, text)), spoken('a', 'word')])
      for (const query of empty) expect(await findWords(backend, query), JSON.stringify(query)).toEqual([])
      expect(await wordHits(backend, 'word', { topK: 100 })).toEqual(['a'])
      expect(await wordHits(backend, '… word !?')).toEqual(['a'])
    }))
}
