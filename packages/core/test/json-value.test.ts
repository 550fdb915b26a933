import { describe, expect, it } from 'vitest'
import { parseMemoryNode } from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

const parse = (metadata: unknown, extra: object = {}) =>
  parseMemoryNode({ humanContent: 'q', assistantContent: 'a', metadata, ...extra })

/** `levels` arrays in one another around a number. */
function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

describe('JSON of a caller', () => {
  it('is copied', () => {
    const inner = { list: [1, { deep: true }] }
    const metadata = { inner }
    const node = parse(metadata)
    expect(node.metadata).toEqual({ inner: { list: [1, { deep: true }] } })
    inner.list.push(2)
    expect(node.metadata).toEqual({ inner: { list: [1, { deep: true }] } })
    expect(node.metadata.inner).not.toBe(inner)
  })

  it('keeps every kind of value', () => {
    const value = { s: '\0\ud800é', n: -0.5, z: -0, t: true, f: false, u: null, a: [], o: {}, i: 2 ** 53 }
    expect(parse(value).metadata).toStrictEqual(value)
    expect(Object.is(parse(value).metadata.z, -0)).toBe(true)
  })

  it('keeps keys that mean something to JavaScript as ordinary ones', () => {
    const text =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}'
    const node = parse(JSON.parse(text), JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(JSON.stringify(node.metadata)).toBe(text)
    expect(Object.getPrototypeOf(node.metadata)).toBe(Object.prototype)
    expect(JSON.stringify(node.extra)).toBe('{"__proto__":{"polluted":true}}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((node as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('turns a Date into its ISO string, whatever its class says', () => {
    class Liar extends Date {
      override toISOString(): string {
        return 'never'
      }
    }
    expect(parse({ at: new Liar(0), plain: new Date(1) }).metadata).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      plain: '1970-01-01T00:00:00.001Z',
    })
  })

  it('may be 100 levels deep and not 101', () => {
    expect(JSON.stringify(parse({ x: nested(99) }).metadata)).toContain('['.repeat(99))
    expect(memoryErrorOf(() => parse({ x: nested(100) })).code).toBe('INVALID_NODE')
    expect(JSON.stringify(parse({}, { other: nested(100) }).extra)).toContain('['.repeat(100))
    expect(memoryErrorOf(() => parse({}, { other: nested(101) })).message).toMatch(/deeper than 100/)
    expect(memoryErrorOf(() => parse({ x: nested(100_000) })).code).toBe('INVALID_NODE')
  })

  it('refuses a cycle', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = [cycle]
    expect(memoryErrorOf(() => parse(cycle)).code).toBe('INVALID_NODE')
  })

  it('is read once', () => {
    let reads = 0
    const liar = {
      get value() {
        reads += 1
        return reads === 1 ? 'first' : () => 'later'
      },
    }
    expect(parse(liar).metadata).toEqual({ value: 'first' })
    expect(reads).toBe(1)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['an invalid Date', new Date(Number.NaN)],
    ['a Map', new Map()],
    ['a class instance', new (class Thing {})()],
    ['a boxed string', new String('x')],
    ['a buffer', new Uint8Array(2)],
    ['a regular expression', /x/],
    ['a sparse array', new Array(2)],
  ])('refuses %s and names the place', (_, value) => {
    const error = memoryErrorOf(() => parse({ deep: [{ here: value }] }))
    expect(error.code).toBe('INVALID_NODE')
    expect(error.message).toContain('node.metadata.deep[0].here')
    expect(memoryErrorOf(() => parse({}, { other: [value] })).message).toContain('node.other[0]')
  })
})
