import { wordsOf } from '@holdfast/core'
import { expect, it } from 'vitest'
import { columnOf, wordColumns } from '../../src/keyword/word-columns.js'
import { WordEncoder } from '../../src/keyword/word-encoder.js'
import { randomNumbers } from '../support/random-numbers.js'

const seed = 20_251_126

/** What the columns of a node must hold, by a Map and by core's words. */
function expectedWords(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of texts.flatMap((text) => wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Takes a one-dimensional array in binary form apart. */
function elementsOf(array: Buffer): readonly (Buffer | null)[] {
  const elements: (Buffer | null)[] = []
  for (let offset = 20; elements.length < array.readInt32BE(12); ) {
    const length = array.readInt32BE(offset)
    elements.push(length < 0 ? null : array.subarray(offset + 4, offset + 4 + length))
    offset += 4 + Math.max(length, 0)
  }
  return elements
}

function wordsIn(column: Buffer | null): readonly (readonly [string, number])[] {
  const text = column?.toString('latin1') ?? ''
  return [...text.matchAll(/\n([^\t]*)\t(?:\x7f(\d{10})|([\s\S]))/g)].map(
    ({ 1: word = '', 2: long, 3: short }) => [
      Buffer.from(word, 'latin1').toString('utf8'),
      long === undefined ? (short?.charCodeAt(0) ?? 0) : Number(long),
    ],
  )
}

it('encodes the words that core gives, whatever the texts are', () => {
  console.info(`seed ${seed}`)
  const random = randomNumbers(seed)
  const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)] ?? ''
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  const pieces = [...ascii, ...'abcABC0189  \n', 'x'.repeat(63), 'y'.repeat(64), 'z'.repeat(65)]
  const others = [
    ...pieces,
    'é',
    'E\u0301',
    'ß',
    'ς',
    '漢',
    '\u{1f600}',
    '\u{20000}',
    '\ud800',
    '\u00ad',
    'İ',
  ]
  const textOf = (length: number, choices: readonly string[]) =>
    Array.from({ length }, () => pick(choices)).join('')
  const nodes = [
    ['', ''],
    ['same same same', 'Same'],
    [`${'often '.repeat(300)}`, 'word '.repeat(126)],
    ['a'.repeat(40_000), `${'b '.repeat(20_000)}`],
    [`${'q'.repeat(32_767)}rs`, 'K'],
    ...Array.from({ length: 300 }, (_, index) => [
      textOf(Math.floor(random() * 400), index % 3 === 0 ? others : pieces),
      textOf(Math.floor(random() * 40), index % 2 === 0 ? others : pieces),
    ]),
  ].map(([humanContent = '', assistantContent = '']) => ({ humanContent, assistantContent }))
  const encoder = new WordEncoder()
  for (const node of nodes) encoder.add(node)
  const [totals = [], ...columns] = encoder.arrays().map(elementsOf)
  expect(columns).toHaveLength(wordColumns.length)
  let different = 0
  for (const [index, { humanContent, assistantContent }] of nodes.entries()) {
    const expected = expectedWords([humanContent, assistantContent])
    const found = columns.flatMap((column, at) =>
      wordsIn(column[index] ?? null).map((entry) => [...entry, wordColumns[at]]),
    )
    const sorted = (entries: readonly (readonly unknown[])[]) => entries.map(String).sort()
    expect(sorted(found), JSON.stringify(humanContent)).toEqual(
      sorted([...expected].map(([word, count]) => [word, count, columnOf(word)])),
    )
    expect(totals[index]?.readInt32BE(0)).toBe([...expected.values()].reduce((sum, count) => sum + count, 0))
    different += expected.size
  }
  // Control: there was something to compare.
  expect(different).toBeGreaterThan(3000)
})
