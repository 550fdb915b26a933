import { describe, expect, it } from 'vitest'
import { differenceOf } from './difference.js'
import { Ranking } from './rankings.js'

const found = (...hits: readonly (readonly [string, number])[]) => ({
  value: hits.map(([record, score]) => ({ record, score })),
})
const ranking = (topK: number, ...hits: readonly (readonly [string, number])[]) => ({
  value: new Ranking(
    hits.map(([record, score]) => ({ record, score })),
    topK,
  ),
})

describe('two outcomes', () => {
  it.each([
    [{ value: 1 }, { value: 1 }],
    [{ value: { a: [1, 'x', null] } }, { value: { a: [1, 'x', null] } }],
    [{ value: undefined }, { value: undefined }],
    [{ value: [0.5] }, { value: Float32Array.of(0.5) }],
    [{ value: 0.5 }, { value: 0.500009 }],
    [{ refused: 'CLOSED' }, { refused: 'CLOSED' }],
    [{ value: new Map([[1, [2]]]) }, { value: new Map([[1, [2]]]) }],
    [ranking(2, ['a', 0.9], ['b', 0.5], ['c', 0.4]), found(['a', 0.9], ['b', 0.500001])],
    [ranking(1, ['a', 0.5], ['b', 0.500001]), found(['a', 0.5])],
    [ranking(2, ['a', 0.5], ['b', 0.5]), found(['a', 0.5], ['b', 0.5])],
    [ranking(0, ['a', 0.5]), found()],
  ])('are the same: %o and %o', (expected, actual) => {
    expect(differenceOf(expected, actual)).toBeUndefined()
  })

  it.each([
    [{ value: 1 }, { value: 2 }],
    [{ value: 0.5 }, { value: 0.50002 }],
    [{ value: null }, { value: undefined }],
    [{ value: '1' }, { value: 1 }],
    [{ value: [] }, { value: [1] }],
    [{ value: [1] }, { value: [] }],
    [{ value: { a: 1 } }, { value: { a: 1, b: 2 } }],
    [{ value: undefined }, { refused: 'CLOSED' }],
    [{ refused: 'CLOSED' }, { refused: 'LOCKED' }],
    [
      {
        value: new Map([
          [1, 1],
          [2, 1],
        ]),
      },
      {
        value: new Map([
          [2, 1],
          [1, 1],
        ]),
      },
    ],
    [ranking(2, ['a', 0.9], ['b', 0.5]), found(['b', 0.5], ['a', 0.9])],
    [ranking(2, ['a', 0.9], ['b', 0.5]), found(['a', 0.9])],
    [ranking(1, ['a', 0.9], ['b', 0.5]), found(['a', 0.9], ['b', 0.5])],
    [ranking(2, ['a', 0.9], ['b', 0.5]), found(['a', 0.9], ['a', 0.5])],
    [ranking(2, ['a', 0.9], ['b', 0.5]), found(['a', 0.9], ['b', 0.51])],
    // A tie the other way round, and one that takes the later of two.
    [ranking(2, ['a', 0.5], ['b', 0.5]), found(['b', 0.5], ['a', 0.5])],
    [ranking(1, ['a', 0.5], ['b', 0.5]), found(['b', 0.5])],
  ])('are not: %o and %o', (expected, actual) => {
    expect(differenceOf(expected, actual)).toMatch(/^at /)
  })
})
