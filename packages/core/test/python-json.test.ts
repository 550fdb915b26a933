import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPythonJson, parsePythonJson, stripJsonLayout } from '../src/index.js'
import { formatPythonFloat, PythonFloat, type PythonValue } from '../src/python-json.js'
import { anyText, seed } from './support/seed.js'

interface Oracle {
  readonly floats: readonly { readonly bits: string; readonly text: string }[]
  readonly strings: readonly { readonly units: readonly number[]; readonly text: string }[]
  readonly documents: readonly { readonly compact: string; readonly indented: string }[]
}
/** What CPython's json.dumps gave: see generated/make.py. */
const oracle: Oracle = JSON.parse(
  readFileSync(new URL('generated/python-json.json', import.meta.url), 'utf8'),
)

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.info('python3 is not there: the live comparison with json.dumps is left out')

describe('formatPythonJson', () => {
  it('writes every float of the table as Python does', () => {
    expect(oracle.floats.length).toBeGreaterThan(400)
    for (const { bits, text } of oracle.floats) {
      const value = Buffer.from(bits, 'hex').readDoubleBE()
      expect(formatPythonJson(new PythonFloat(value))).toBe(text)
      if (!Number.isInteger(value)) expect(formatPythonJson(value)).toBe(text)
    }
  })

  it('writes every string of the table as Python does', () => {
    expect(oracle.strings.length).toBeGreaterThan(200)
    for (const { units, text } of oracle.strings) {
      expect(formatPythonJson(String.fromCharCode(...units))).toBe(text)
    }
  })

  it('lays out every document of the table as Python does', () => {
    expect(oracle.documents.length).toBeGreaterThan(200)
    for (const { compact, indented } of oracle.documents) {
      expect(formatPythonJson(JSON.parse(compact))).toBe(indented)
      expect(`[\n  ${formatPythonJson(JSON.parse(compact), 1)}\n]`).toBe(
        formatPythonJson([JSON.parse(compact)]),
      )
    }
  })

  it.each<[PythonValue, string]>([
    [1, '1'],
    [-1, '-1'],
    [0, '0'],
    [-0, '-0.0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2 ** 53, '9007199254740992.0'],
    [1e16, '1e+16'],
    [new PythonFloat(1), '1.0'],
    [new PythonFloat(-0), '-0.0'],
    [{ a: new PythonFloat(2) }, '{\n  "a": 2.0\n}'],
    [[new PythonFloat(2)], '[\n  2.0\n]'],
    [null, 'null'],
    [true, 'true'],
    [[], '[]'],
    [{}, '{}'],
    ['\u007f', '"\\u007f"'],
    ['~', '"~"'],
  ])('%o is %s', (value, text) => {
    expect(formatPythonJson(value)).toBe(text)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    expect(() => formatPythonJson(value)).toThrow(RangeError)
    expect(() => formatPythonFloat(value)).toThrow(RangeError)
  })

  it(`reads back as the same value, seed ${seed}`, () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), anyText, (value, text) => {
        const document = { text, value } as PythonValue
        const written = formatPythonJson(document)
        expect(written).toMatch(/^[\n -~]*$/)
        expect(JSON.parse(written)).toStrictEqual(document)
      }),
    )
  })

  if (hasPython) {
    it(`agrees with the Python of this machine, seed ${seed}`, () => {
      const float = fc.double({ noNaN: true, noDefaultInfinity: true })
      // Keys that look like an index come first in JavaScript; the letter keeps the order of both sides.
      const key = anyText.map((text) => `k${text}`)
      const { value } = fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
          { depthSize: 'small' },
          fc.constantFrom(null, true, false),
          fc.maxSafeInteger(),
          float.filter((number) => !Number.isInteger(number)),
          anyText,
          fc.array(tie('value'), { maxLength: 4 }),
          fc
            .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => name })
            .map((entries) => Object.fromEntries(entries)),
        ),
      }))
      const documents = fc.sample(value, { seed, numRuns: 500 })
      const floats = fc.sample(float, { seed, numRuns: 2000 })
      const script = [
        'import json, struct, sys',
        'given = json.load(sys.stdin)',
        'print(json.dumps({',
        '  "documents": [json.dumps(value, indent=2) for value in given["documents"]],',
        '  "floats": [json.dumps(struct.unpack(">d", bytes.fromhex(b))[0]) for b in given["floats"]]}))',
      ].join('\n')
      const bits = floats.map((number) => {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleBE(number)
        return bytes.toString('hex')
      })
      const input = JSON.stringify({ documents, floats: bits })
      const answer = execFileSync('python3', ['-c', script], { input, maxBuffer: 2 ** 28, encoding: 'utf8' })
      const python: { documents: string[]; floats: string[] } = JSON.parse(answer)
      expect(documents.map((document) => formatPythonJson(document as PythonValue))).toEqual(python.documents)
      expect(floats.map((number) => formatPythonJson(new PythonFloat(number)))).toEqual(python.floats)
    })
  }
})

describe('parsePythonJson', () => {
  it.each<[string, unknown]>([
    ['{"a": NaN}', { a: null }],
    ['[Infinity, -Infinity, NaN, 1]', [null, null, null, 1]],
    ['NaN', null],
    ['{"NaN": NaN, "-Infinity": "Infinity"}', { NaN: null, '-Infinity': 'Infinity' }],
    ['{"a": "say \\"NaN\\" twice", "b": NaN}', { a: 'say "NaN" twice', b: null }],
    ['{"a": "ends with \\\\", "b": NaN}', { a: 'ends with \\', b: null }],
    ['{"a": "\\\\\\"NaN", "b": [NaN]}', { a: '\\"NaN', b: [null] }],
    ['["NaN"]', ['NaN']],
    ['{"a": 1.0}', { a: 1 }],
    ['[1e400, -1e400, 1e308]', [null, null, 1e308]],
    [`[${'9'.repeat(400)}, NaN, 5]`, [null, null, 5]],
    [`{"a": "${'9'.repeat(400)}"}`, { a: '9'.repeat(400) }],
    [`[${'9'.repeat(210)}e99, -${'9'.repeat(210)}e+99, 9e99]`, [null, null, 9e99]],
    [`[${'9'.repeat(209)}e99, 1]`, [1e308, 1]],
  ])('%s', (text, value) => {
    expect(parsePythonJson(text)).toStrictEqual(value)
  })

  it.each([
    '',
    '{"a": NaNx}',
    '{"a": -NaN}',
    '[1NaN]',
    '[NaN1]',
    '[+Infinity]',
    '[- Infinity]',
    '[InfinityNaN]',
    '{NaN: 1}',
    '{"a": "open NaN',
    '{"a": nan}',
    "{'a': NaN}",
    '[NaN,]',
    'NaN NaN',
  ])('refuses %s', (text) => {
    expect(() => parsePythonJson(text)).toThrow(SyntaxError)
  })

  it('keeps __proto__ an ordinary key', () => {
    const value = parsePythonJson('{"__proto__": {"a": 1e400}, "b": NaN}')
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":null},"b":null}')
  })

  it('is JSON.parse for JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parsePythonJson(JSON.stringify(value))).toStrictEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('takes a string of 16 MiB beside a NaN', () => {
    const long = 'x\\"'.repeat(2 ** 22)
    expect(parsePythonJson(`{"a": "${long}", "b": NaN}`)).toEqual({ a: 'x"'.repeat(2 ** 22), b: null })
  })
})

describe('stripJsonLayout', () => {
  it.each([
    ['{ "a b" : [ 1 ,\t2 ] ,\r\n"c":"d  e" }', '{"a b":[1,2],"c":"d  e"}'],
    ['"a \\" b \\\\"  ', '"a \\" b \\\\"'],
    ['{"a": "\\\\", "b": "x y"}', '{"a":"\\\\","b":"x y"}'],
    [' \n ', ''],
    ['[1.0, 1.00, 1e0]', '[1.0,1.00,1e0]'],
    ['["\\u0041", "A"]', '["\\u0041","A"]'],
    ['{"b": 1, "a": 2}', '{"b":1,"a":2}'],
    ['{"a": "open  end', '{"a":"open  end'],
  ])('%j', (text, expected) => {
    expect(stripJsonLayout(text)).toBe(expected)
  })

  it(`keeps the value, and stripping twice is stripping once, seed ${seed}`, () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        anyText,
        fc.constantFrom(0, 1, 2, '\t', ' \n\r\t'),
        (value, text, indent) => {
          const laidOut = JSON.stringify([value, text], null, indent)
          const stripped = stripJsonLayout(laidOut)
          expect(stripped).toBe(JSON.stringify([value, text]))
          expect(JSON.parse(stripped)).toStrictEqual(JSON.parse(laidOut))
          expect(stripJsonLayout(stripped)).toBe(stripped)
        },
      ),
    )
  })

  it('gives the same for both layouts that Python writes', () => {
    for (const { compact, indented } of oracle.documents) expect(stripJsonLayout(indented)).toBe(compact)
  })

  it('takes a string of 16 MiB', () => {
    const text = JSON.stringify({ a: 'x '.repeat(2 ** 23) })
    expect(stripJsonLayout(text)).toBe(text)
  })
})
