import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timestampMicros } from '../src/index.js'
import { seed } from './support/seed.js'

interface OracleCase {
  readonly text: string
  /** Microseconds since 1970 as a Python integer. */
  readonly micros: string
}
const oracle: readonly OracleCase[] = JSON.parse(
  readFileSync(new URL('generated/timestamps.json', import.meta.url), 'utf8'),
)

describe('timestampMicros', () => {
  it('agrees with Python on every case of the table', () => {
    expect(oracle.length).toBeGreaterThan(490)
    for (const { text, micros } of oracle) {
      expect({ text, micros: timestampMicros(text) }).toEqual({ text, micros: Number(micros) })
    }
  })

  it('is exact between 1684 and 2255', () => {
    const exact = oracle.filter(({ micros }) => Number.isSafeInteger(Number(micros)))
    expect(exact.length).toBeGreaterThan(20)
    for (const { text, micros } of exact)
      expect(BigInt(timestampMicros(text) ?? Number.NaN)).toBe(BigInt(micros))
  })

  it.each([
    ['1970-01-01T00:00:00', 0],
    ['1970-01-01', 0],
    ['1970-01-01 00:00', 0],
    ['1970-01-01T00:00:00.000001', 1],
    ['1970-01-01T00:00:00,5', 500_000],
    ['1970-01-01T00:00:00.1', 100_000],
    ['1970-01-01T00:00:00.123456789', 123_456],
    ['1970-01-01T00:00:00.0000009', 0],
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00z', 0],
    ['1970-01-01T00:00:00 Z', 0],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1970-01-01T01:00:00+0100', 0],
    ['1970-01-01T01:00:00+01', 0],
    ['1970-01-01T05:30:15+05:30:15', 0],
    ['1969-12-31T23:30:00.000002-00:30', 2],
    ['1969-12-31T23:59:59.999999', -1],
    ['0001-01-01T00:00:00', -62_135_596_800_000_000],
    ['9999-12-31T23:59:59.999999', Number('253402300799999999')],
    ['2000-02-29T00:00:00', 951_782_400_000_000],
  ])('%s', (text, expected) => {
    expect(timestampMicros(text)).toBe(expected)
  })

  it.each([
    '',
    'None',
    'null',
    '0',
    '1714550400',
    '1714550400000',
    '2024',
    '2024-05',
    '20240501',
    '2024-5-1',
    '0000-01-01',
    '0000-12-31T23:59:59',
    '+010000-01-01T00:00:00.000Z',
    '-000001-01-01T00:00:00.000Z',
    '12024-01-01',
    '2024-00-10',
    '2024-13-01',
    '2024-01-00',
    '2024-01-32',
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '2024-04-31',
    '2024-01-01T24:00:00',
    '2024-01-01T23:60:00',
    '2024-01-01T23:59:60',
    '2024-01-01T10',
    '2024-01-01T10:00:00.',
    '2024-01-01T10:00:00.1234567890',
    '2024-01-01T10:00:00+24:00',
    '2024-01-01T10:00:00+05:60',
    '2024-01-01T10:00:00+05:30:60',
    '2024-01-01T10:00:00-99:99',
    '2024-01-01T10:00:00+5:30',
    '2024-01-01T10:00:00+',
    '2024-01-01T10:00:00\nZ',
    '2024-01-01T10:00:00\u00a0Z',
    '2024-01-01  10:00:00',
    '2024-01-01\t10:00:00',
    '2024-01-01T10:00:00\n',
    ' 2024-01-01T10:00:00',
    '2024-01-01t10:00:00',
    '２０２４-01-01',
  ])('refuses %j', (text) => {
    expect(timestampMicros(text)).toBeUndefined()
  })

  it(`agrees with Date on whole milliseconds, seed ${seed}`, () => {
    const range = {
      min: new Date(-62_135_596_800_000),
      max: new Date(253_402_300_799_999),
      noInvalidDate: true,
    }
    fc.assert(
      fc.property(fc.date(range), (date) => {
        expect(timestampMicros(date.toISOString())).toBe(date.getTime() * 1000)
      }),
    )
  })

  it(`never puts two moments in the wrong order, seed ${seed}`, () => {
    const moment = fc.tuple(
      fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      fc.constantFrom(0, 1, 499_999, 500_000, 999_998, 999_999),
    )
    const text = ([seconds, micros]: [number, number]) =>
      new Date(seconds * 1000).toISOString().replace('.000Z', `.${String(micros).padStart(6, '0')}`)
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 0, max: 1 }),
        fc.constantFrom(0, 1, 999_999),
        (a, later, micros) => {
          const b: [number, number] = [Math.min(a[0] + later, 253_402_300_799), micros]
          const exact = (m: [number, number]) => BigInt(m[0]) * 1_000_000n + BigInt(m[1])
          const [x, y] = [timestampMicros(text(a)) ?? Number.NaN, timestampMicros(text(b)) ?? Number.NaN]
          expect(exact(a) <= exact(b) ? x <= y : x >= y).toBe(true)
        },
      ),
    )
  })
})
