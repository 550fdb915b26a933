import { MemoryError } from '@holdfast/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonArraySplitter, type JsonArraySplitterOptions } from '../src/json/json-array-splitter.js'
import { decodeJsonText, encodeJsonText } from '../src/json/json-text.js'

interface Found {
  readonly offset: number
  readonly text: string
}

/** The elements of a text that arrives in chunks of one size. */
function split(bytes: Uint8Array, chunkSize: number, options?: JsonArraySplitterOptions): Found[] {
  const splitter = new JsonArraySplitter('corpus/nodes.json', options)
  const found: Found[] = []
  for (let at = 0; at < bytes.length; at += chunkSize) {
    for (const { index, offset, bytes: element } of splitter.push(bytes.slice(at, at + chunkSize))) {
      expect(index).toBe(found.length)
      found.push({ offset, text: Buffer.from(element).toString('utf8') })
    }
  }
  expect(splitter.end()).toBe(found.length)
  return found
}

/** What the splitter and `JSON.parse` of each element make of a text, or `undefined` when either refuses it. */
function parseByElement(text: string, chunkSize: number): unknown {
  try {
    return split(Buffer.from(text), chunkSize).map((element) => JSON.parse(element.text))
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof MemoryError && error.code === 'CORRUPT'))
      return undefined
    throw error
  }
}

function parseWhole(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const seed = 20_251
const layouts = fc.constantFrom(undefined, 1, 2, '\t')

describe(`JsonArraySplitter (seed ${seed})`, () => {
  it('gives the elements that JSON.parse gives, at every chunk size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        layouts,
        fc.integer({ min: 1, max: 40 }),
        (values, layout, size) => {
          const text = JSON.stringify(values, null, layout)
          expect(parseByElement(text, size)).toEqual(JSON.parse(text))
        },
      ),
      { seed, numRuns: 2000 },
    )
  })

  it('gives the byte offset and length of each element', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        layouts,
        fc.integer({ min: 1, max: 40 }),
        (values, layout, size) => {
          const bytes = Buffer.from(`  ${JSON.stringify(values, null, layout)}\n`)
          for (const { offset, text } of split(bytes, size)) {
            expect(bytes.subarray(offset, offset + Buffer.byteLength(text)).toString()).toBe(text)
          }
        },
      ),
      { seed, numRuns: 1000 },
    )
  })

  it('finds the ends of long strings, whatever is escaped in them', () => {
    const pieces = fc.constantFrom('"', '\\', '\n', 'x'.repeat(30), 'long enough', '{', '}', ']', 'é')
    fc.assert(
      fc.property(
        fc.array(fc.array(pieces, { maxLength: 12 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 90 }),
        (texts, size) => {
          const values = texts.map((parts) => ({ text: parts.join('') }))
          expect(parseByElement(JSON.stringify(values), size)).toEqual(values)
        },
      ),
      { seed, numRuns: 3000 },
    )
  })

  it('takes the word of one who knows where an element ends', () => {
    const text = '[{"a":[1]}, {"b":"]"},[], 3, {"c":{}}]'
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) {
      const told: number[] = []
      const skim = (chunk: Uint8Array, start: number) => {
        const end = Buffer.from(chunk).indexOf('"b":"]"}', start)
        if (chunk[start] !== 0x7b || end !== start + 1) return undefined
        told.push(start)
        return end + 8
      }
      expect(split(bytes, size, { skim })).toEqual(split(bytes, size))
      // The control: the chunks that hold all of it ask.
      if (size === bytes.length) expect(told).toEqual([12])
    }
  })

  it('refuses what JSON.parse refuses, and only that', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '1',
      ' ',
      'true',
      '\n',
      'é',
      '[]',
      '{}',
    )
    let refused = 0
    let accepted = 0
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
        for (const text of [parts.join(''), `[${parts.join('')}]`, `[${parts.join('')},1]`]) {
          const whole = parseWhole(text)
          if (whole === undefined) refused += 1
          else accepted += 1
          expect(parseByElement(text, size), text).toEqual(whole)
        }
      }),
      { seed, numRuns: 20_000 },
    )
    expect(refused).toBeGreaterThan(1000)
    expect(accepted).toBeGreaterThan(500)
  })

  it('finds every cut', () => {
    const text = Buffer.from('[ {"a": "x\\"]", "b": [1, {"c": "é"}]}, "s\\\\", -1.5e3, null ]')
    expect(split(text, 3)).toHaveLength(4)
    for (let length = 0; length < text.length; length++) {
      for (const size of [1, 7, 100]) {
        expect(() => split(text.subarray(0, length), size), `${length}`).toThrow(
          /corpus\/nodes\.json .*\(byte \d+\)/,
        )
      }
    }
  })

  it('does not collect an element without end', () => {
    const endless = Buffer.from(`["${'x'.repeat(5000)}`)
    expect(() => split(endless, 100, { maxElement: 1000 })).toThrow(
      'has an element 0 of more than 1000 bytes (byte 1)',
    )
  })

  it('counts offsets beyond what one string can hold', () => {
    const splitter = new JsonArraySplitter('big')
    const element = Buffer.from(`{"a":"${'x'.repeat((1 << 20) - 9)}"},`)
    let last = 0
    for (const _ of splitter.push(Buffer.from('['))) throw new Error('nothing is complete yet')
    for (let megabyte = 0; megabyte < 600; megabyte++) {
      for (const { offset } of splitter.push(element)) last = offset
    }
    expect(last).toBe(1 + 599 * (1 << 20))
    expect([...splitter.push(Buffer.from('7]'))].map(({ offset }) => offset)).toEqual([1 + 600 * (1 << 20)])
    expect(splitter.end()).toBe(601)
  })
})

describe('JSON text as bytes', () => {
  it('comes back as it was, half surrogate pairs as escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = JSON.stringify({ value })
        expect(decodeJsonText(encodeJsonText(text))).toBe(text)
      }),
      { seed },
    )
    const half = decodeJsonText(encodeJsonText('"a\ud800b\udc00"'))
    expect(half).toBe('"a\\ud800b\\udc00"')
    expect(JSON.parse(half ?? '')).toBe('a\ud800b\udc00')
  })

  it('is refused when it is not UTF-8', () => {
    expect(decodeJsonText(Buffer.from([0x22, 0xe9, 0x22]))).toBeUndefined()
  })
})
