import { describe, expect, it } from 'vitest'
import { RecentRanges } from '../../src/disk/recent-ranges.js'
import type { StoredFile } from '../../src/disk/stored-file.js'
import { vectorRandom } from '../search/random-vectors.js'
import { seed } from '../simulated-disk/seed.js'

/** Two files are told apart by what they are, not by what is in them. */
const file = (path: string) => ({ path }) as unknown as StoredFile

describe(`ranges that were read lately (seed ${seed})`, () => {
  it('are what was read, or unknown, whatever comes and goes', () => {
    const random = vectorRandom(seed)
    const files = [file('a'), file('b')] as const
    const contentOf = (at: number, offset: number, length: number) =>
      Uint8Array.from({ length }, (_, byte) => (at * 89 + offset * 31 + byte * 7) & 255)
    const ranges = new RecentRanges(20_000)
    let known = 0
    for (let turn = 0; turn < 20_000; turn++) {
      const at = random.below(2)
      const offset = random.below(60)
      const length = 1 + ((offset * 97) % 900)
      const place = { file: files[at] ?? files[0], offset, length }
      const into = new Uint8Array(length)
      if (ranges.copy(place, into)) {
        known += 1
        expect(into).toEqual(contentOf(at, offset, length))
      } else {
        expect(into).toEqual(new Uint8Array(length))
        ranges.add(place, contentOf(at, offset, length))
      }
    }
    // Some thirty of a hundred and twenty have room.
    expect(known).toBeGreaterThan(2000)
    expect(known).toBeLessThan(12_000)
  })

  it('stay while they are asked for, and go when they are not', () => {
    const one = file('one')
    const ranges = new RecentRanges(100_000)
    const content = (offset: number) => new Uint8Array(1000).fill(offset)
    const place = (offset: number) => ({ file: one, offset, length: 1000 })
    const into = new Uint8Array(1000)
    for (let offset = 0; offset < 500; offset++) {
      ranges.add(place(offset), content(offset))
      expect(ranges.copy(place(0), into)).toBe(true)
    }
    expect(into).toEqual(content(0))
    expect(ranges.copy(place(1), into)).toBe(false)
    expect(ranges.copy(place(499), into)).toBe(true)
  })

  it('are told apart by file and length, and not kept when they would push out all others', () => {
    const one = file('one')
    const ranges = new RecentRanges(10_000)
    ranges.add({ file: one, offset: 8, length: 10 }, new Uint8Array(10))
    const into = new Uint8Array(10)
    expect(ranges.copy({ file: one, offset: 8, length: 10 }, into)).toBe(true)
    expect(ranges.copy({ file: file('one'), offset: 8, length: 10 }, into)).toBe(false)
    expect(ranges.copy({ file: one, offset: 8, length: 9 }, into.subarray(1))).toBe(false)
    ranges.add({ file: one, offset: 20, length: 1200 }, new Uint8Array(1200))
    expect(ranges.copy({ file: one, offset: 20, length: 1200 }, new Uint8Array(1200))).toBe(false)
    const none = new RecentRanges(0)
    none.add({ file: one, offset: 8, length: 1 }, new Uint8Array(1))
    expect(none.copy({ file: one, offset: 8, length: 1 }, into.subarray(9))).toBe(false)
  })
})
