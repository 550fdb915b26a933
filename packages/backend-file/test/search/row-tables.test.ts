import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowRanks } from '../../src/search/row-ranks.js'
import { mergedSegments, segmentsOf, sortedSegmentsOf } from '../../src/search/row-segments.js'
import { seed } from '../simulated-disk/seed.js'

describe(`tables of rows (seed ${seed})`, () => {
  it('tell how many set rows come before one', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 3000 }), (set) => {
        const present = new Uint8Array(Math.ceil(set.length / 8))
        for (const [row, isSet] of set.entries()) {
          if (isSet) present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7))
        }
        const ranks = new RowRanks(present)
        let rank = 0
        for (const [row, isSet] of set.entries()) expect(ranks.of(row)).toBe(isSet ? rank++ : undefined)
        expect(ranks.of(set.length + 100)).toBeUndefined()
      }),
      { seed },
    )
  })

  it('give the same segments for rows in any order', () => {
    const rows = fc.uniqueArray(fc.integer({ min: 0, max: 60 }))
    fc.assert(
      fc.property(rows, (some) => {
        const sorted = [...some].sort((a, b) => a - b)
        expect(sortedSegmentsOf(Int32Array.from(some))).toEqual(segmentsOf(sorted))
      }),
      { seed },
    )
  })

  it('merge the segments of two into those of both', () => {
    const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), {
      selector: ([row]) => row,
    })
    fc.assert(
      fc.property(rows, (some) => {
        const of = (which: (isOne: boolean) => boolean) =>
          sortedSegmentsOf(Int32Array.from(some.filter(([, isOne]) => which(isOne)).map(([row]) => row)))
        const merged = mergedSegments(
          of((isOne) => isOne),
          of((isOne) => !isOne),
        )
        expect(merged).toEqual(of(() => true))
      }),
      { seed },
    )
  })
})
