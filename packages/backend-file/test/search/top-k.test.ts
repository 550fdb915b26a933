import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KthLargest } from '../../src/search/kth-largest.js'
import { TopK } from '../../src/search/top-k.js'
import { seed } from '../simulated-disk/seed.js'

/** Few values, so that there are ties; the extremes, so that nothing is taken for "none". */
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(-0, 0.5, -1, 1, Number.MIN_VALUE, -Number.MAX_VALUE, Number.NEGATIVE_INFINITY),
)
const scores = fc.array(score, { maxLength: 40 })

describe(`the best of many rows (seed ${seed})`, () => {
  it('are what a stable sort gives, for any limit and order', () => {
    const property = fc.property(scores, fc.nat(45), fc.boolean(), (values, limit, isTurned) => {
      const positionOf = (row: number) => (isTurned ? -row : row)
      const top = new TopK(limit, positionOf)
      for (const [row, value] of values.entries()) top.offer(row, value)
      const expected = values
        .map((value, row) => ({ row, score: value }))
        .sort((a, b) => b.score - a.score || positionOf(a.row) - positionOf(b.row) || 0)
        .slice(0, limit)
      expect(top.sorted()).toEqual(expected)
      // Asking does not change them.
      expect(top.sorted()).toEqual(expected)
    })
    fc.assert(property, { seed, numRuns: 500 })
  })

  it('stay right while more are offered', () => {
    const top = new TopK(2, (row) => row)
    expect(top.sorted()).toEqual([])
    const seen = [5, 1, 5, 7, 5, 7, 9].map((value, row) => {
      top.offer(row, value)
      return top.sorted().map((hit) => hit.row)
    })
    expect(seen).toEqual([[0], [0, 1], [0, 2], [3, 0], [3, 0], [3, 5], [6, 3]])
  })

  it('ask for a place only to break a tie', () => {
    const asked: number[] = []
    const top = new TopK(2, (row) => {
      asked.push(row)
      return row
    })
    for (const [row, value] of [3, 2, 1, 0].entries()) top.offer(row, value)
    expect(asked).toEqual([])
    top.offer(4, 2)
    expect(asked).not.toEqual([])
  })
})

describe(`the k-th largest value (seed ${seed})`, () => {
  it('is what sorting gives, and none while there are fewer', () => {
    const property = fc.property(scores, fc.integer({ min: 1, max: 45 }), (values, k) => {
      const largest = new KthLargest(k)
      values.forEach((value, index) => {
        largest.offer(value)
        const sorted = values.slice(0, index + 1).sort((a, b) => b - a)
        const expected = sorted[k - 1] ?? Number.NEGATIVE_INFINITY
        expect(largest.value === expected, `${largest.value} of ${sorted}, k ${k}`).toBe(true)
      })
    })
    fc.assert(property, { seed, numRuns: 500 })
  })

  it.each([0, -1, 0.5, Number.NaN])('cannot be number %d', (k) => {
    expect(() => new KthLargest(k)).toThrow(RangeError)
  })

  it('is none before the first', () => {
    expect(new KthLargest(1).value).toBe(Number.NEGATIVE_INFINITY)
  })
})
