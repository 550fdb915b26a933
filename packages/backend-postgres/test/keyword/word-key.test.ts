import { expect, it } from 'vitest'
import { WordCounter } from '../../src/keyword/word-counter.js'
import { type KeySecret, processSecret, wordKey } from '../../src/keyword/word-key.js'
import { randomNumbers } from '../support/random-numbers.js'

const seed = 20_261_126
const parts = 10

/** What an owner who knows the secret can do: words that share one key, `2 ** parts` of them. */
function wordsOfOneKey({ start, factor }: KeySecret): readonly string[] {
  console.info(`seed ${seed}`)
  const random = randomNumbers(seed)
  let words = ['']
  let state = start
  for (let part = 0; part < parts; part++) {
    const seen = new Map<number, string>()
    for (;;) {
      const piece = Array.from({ length: 6 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(
        '',
      )
      let end = state
      for (const letter of Buffer.from(piece)) end = Math.imul(end ^ letter, factor)
      const other = seen.get(end)
      seen.set(end, piece)
      if (other === undefined || other === piece) continue
      words = words.flatMap((word) => [word + other, word + piece])
      state = end
      break
    }
  }
  return words
}

const keysOf = (words: readonly string[], secret: KeySecret) =>
  new Set(words.map((word) => wordKey(Buffer.from(word), 0, word.length, secret)))

it('words that were chosen to share a key share none where the secret is another', () => {
  const known: KeySecret = { start: 0x811c9dc5, factor: 0x01000193 }
  const words = wordsOfOneKey(known)
  expect(new Set(words).size).toBe(2 ** parts)
  // A control: the words are what they are meant to be.
  expect(keysOf(words, known).size).toBe(1)
  expect(keysOf(words, { start: 0x1234567, factor: 0x9e3779b1 }).size).toBeGreaterThan(2 ** parts - 10)
  expect(processSecret.factor % 2).toBe(1)
  expect(processSecret).not.toEqual(known)
  // Words of one key are counted all the same.
  const counter = new WordCounter(known)
  for (const word of [...words, ...words]) counter.add(word)
  expect([counter.count, counter.total]).toEqual([words.length, 2 * words.length])
  expect(words.filter((_, number) => counter.frequency(number) !== 2)).toEqual([])
  counter.clear()
  expect(counter.addAscii(words.slice(0, 300).join(' '))).toBe(true)
  expect(counter.count).toBe(300)
})
