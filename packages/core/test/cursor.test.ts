import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from '../src/cursor.js'
import { exportCursor, exportStart } from '../src/export-cursor.js'
import { seed } from './support/seed.js'

const position = fc.oneof(
  fc.constantFrom(0, 1, 9, 10, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
)
const base64url = (text: string) => Buffer.from(text, 'latin1').toString('base64url')

const forged = [
  '',
  '0',
  '1:5',
  'x',
  base64url('5'),
  base64url(':5'),
  base64url('1:'),
  base64url('1:-5'),
  base64url('1:+5'),
  base64url('1:5.5'),
  base64url('1:1e3'),
  base64url('1:05'),
  base64url('1: 5'),
  base64url('1:5 '),
  base64url('1:5\n'),
  base64url('1:0x5'),
  base64url('1:Infinity'),
  base64url('1:NaN'),
  base64url('1:-0'),
  base64url('1:5e-1'),
  base64url('1:9007199254740992'),
  base64url('1:9999999999999999'),
  base64url('1:99999999999999999'),
  base64url('2:5'),
  base64url('11:5'),
  base64url('x1:5'),
  base64url('1:5:6'),
  `${base64url('1:5')}=`,
  `${base64url('1:5')} `,
  ` ${base64url('1:5')}`,
  `${base64url('1:5')}!`,
  base64url('1:5').toLowerCase(),
  `n.${base64url('1:5')}`,
  base64url('1:5').slice(0, -1),
]

describe(`cursor, seed ${seed}`, () => {
  it('gives its position back', () => {
    fc.assert(
      fc.property(position, (value) => {
        expect(decodeCursor(encodeCursor(value))).toBe(value)
      }),
    )
  })

  it('is the same text in every version, since callers keep it', () => {
    expect(encodeCursor(5)).toBe('MTo1')
    expect(decodeCursor('MToxMjM')).toBe(123)
  })

  it.each(forged)('refuses %j', (text) => {
    expect(() => decodeCursor(text)).toThrow(TypeError)
  })

  it('refuses whatever encodeCursor does not give', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string().map(base64url)), (text) => {
        let decoded: number | undefined
        try {
          decoded = decodeCursor(text)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
        if (decoded !== undefined) expect(encodeCursor(decoded)).toBe(text)
      }),
    )
  })
})

describe('export cursor', () => {
  it('gives its kind and position back', () => {
    fc.assert(
      fc.property(fc.constantFrom('nodes' as const, 'episodes' as const), position, (kind, after) => {
        expect(exportStart(exportCursor(kind, after))).toEqual({ kind, after })
      }),
    )
  })

  it('is named in the error when it is no text', () => {
    expect(() => exportStart(5 as never)).toThrow('after must be a string')
  })

  it('begins with the nodes', () => {
    expect(exportStart(undefined)).toEqual({ kind: 'nodes', after: 0 })
  })

  it.each([
    ...forged.filter((text) => !text.startsWith('n.')),
    encodeCursor(5),
    `N.${encodeCursor(5)}`,
    `x.${encodeCursor(5)}`,
    `n${encodeCursor(5)}`,
    `n,${encodeCursor(5)}`,
    `nn.${encodeCursor(5)}`,
    'n.',
    'n',
  ])('refuses %j', (text) => {
    expect(() => exportStart(text)).toThrow(TypeError)
  })
})
