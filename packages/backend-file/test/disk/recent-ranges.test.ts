import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
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
        // Bytes are compared as such: twenty thousand deep comparisons take half a minute.
        expect(Buffer.compare(into, contentOf(at, offset, length))).toBe(0)
      } else {
        expect(Buffer.compare(into, new Uint8Array(length))).toBe(0)
        ranges.add(place, contentOf(at, offset, length))
      }
    }
    // Some thirty of a hundred and twenty have room.
    expect(known).toBeGreaterThan(2000)
    expect(known).toBeLessThan(12_000)
  })

  it.each([4, 40, 200, 300, 1000, 12_000])(
    'of %i bytes stay while they are asked for, and go when they are not',
    (length) => {
      const one = file('one')
      const ranges = new RecentRanges(100_000)
      const content = (offset: number) => new Uint8Array(length).fill(offset)
      const place = (offset: number) => ({ file: one, offset, length })
      const into = new Uint8Array(length)
      for (let offset = 0; offset < 2500; offset++) {
        ranges.add(place(offset), content(offset))
        expect(ranges.copy(place(0), into)).toBe(true)
      }
      expect(into).toEqual(content(0))
      expect(ranges.copy(place(1), into)).toBe(false)
      expect(ranges.copy(place(2499), into)).toBe(true)
    },
  )

  it('are there when little else was asked for since, whatever their lengths', () => {
    const offset = fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 39 }))
    const turn = fc.record({
      at: fc.nat({ max: 1 }),
      offset,
      isLong: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    })
    const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 }))
    const lengths = fc.array(length, { minLength: 40, maxLength: 40 })
    const budget = fc.integer({ min: 2000, max: 30_000 })
    const files = [file('a'), file('b')] as const
    fc.assert(
      fc.property(budget, lengths, fc.array(turn, { maxLength: 300, size: 'max' }), (bytes, sizes, turns) => {
        const ranges = new RecentRanges(bytes)
        let asked = 0
        const last = new Map<string, number>()
        for (const { at, offset, isLong } of turns) {
          const size = (sizes[offset] ?? 0) + (isLong ? 1 : 0)
          const place = { file: files[at] ?? files[0], offset, length: size }
          const content = Uint8Array.from(
            { length: size },
            (_, byte) => at * 89 + offset * 31 + size + byte * 7,
          )
          const into = new Uint8Array(size)
          const isKnown = ranges.copy(place, into)
          expect(Buffer.compare(into, isKnown ? content : new Uint8Array(size))).toBe(0)
          const key = `${at} ${offset} ${size}`
          const before = last.get(key)
          if (before !== undefined && asked - before < (bytes * 3) / 8) expect(isKnown).toBe(true)
          if (isKnown) last.set(key, asked)
          else {
            ranges.add(place, content)
            last.delete(key)
            const isKept = ranges.copy(place, into)
            // One of another length may be known at this offset.
            if (isKept) last.set(key, asked)
            else
              expect(
                (size + 200) * 8 > bytes || last.has(`${at} ${offset} ${size + (isLong ? -1 : 1)}`),
              ).toBe(true)
          }
          asked += size + 200
        }
      }),
      { seed, numRuns: 200 },
    )
  })

  it('are forgotten when the ring begins anew before its end', () => {
    const one = file('one')
    const ranges = new RecentRanges(20_000)
    const end = new Array<number>(8).fill(2250)
    // A small one stays behind all others of the next round, and the last one does not fit before the end again.
    const lengths = [...end, 1, 2050, ...new Array<number>(8).fill(1962), 2260]
    const content = (offset: number) => new Uint8Array(lengths[offset] ?? 0).fill(offset + 1)
    const place = (offset: number) => ({ file: one, offset, length: lengths[offset] ?? 0 })
    for (const offset of lengths.keys()) ranges.add(place(offset), content(offset))
    const known = [...lengths.keys()].filter((offset) => {
      const into = new Uint8Array(lengths[offset] ?? 0)
      if (!ranges.copy(place(offset), into)) return false
      expect(Buffer.compare(into, content(offset)), `range ${offset}`).toBe(0)
      return true
    })
    expect(known).toEqual([11, 12, 13, 14, 15, 16, 17, 18])
  })

  it('take no more memory than a process can have', () => {
    const place = { file: file('one'), offset: 0, length: 8 }
    const into = new Uint8Array(8)
    const many = new RecentRanges(Number.MAX_SAFE_INTEGER)
    many.add(place, into)
    expect(many.copy(place, into)).toBe(true)
    const none = new RecentRanges(10_000)
    const content = new Uint8Array(8)
    vi.stubGlobal('Uint8Array', function noMemory() {
      throw new RangeError('Array buffer allocation failed')
    })
    onTestFinished(() => void vi.unstubAllGlobals())
    none.add(place, content)
    vi.unstubAllGlobals()
    none.add(place, content)
    expect(none.copy(place, into)).toBe(false)
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
