import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPythonJson, type JsonValue, parsePythonJson } from '../src/index.js'
import { replaceFields } from '../src/replace-fields.js'
import { seed } from './support/seed.js'

const replace = (text: string, fields: Readonly<Record<string, string>>) =>
  replaceFields(text, new Map(Object.entries(fields)))

const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 4 })

/** Keys that collide often, some of which only look the same, or like syntax. */
const keys = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '',
    '"',
    '\\',
    'a"',
    '\\"',
    '{',
    '"a": 1,',
    '__proto__',
    'é',
    '\ud83d\ude00',
    '\ud800',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
)

/** A string literal of which some characters are escaped that need not be. */
const literals = (strings: fc.Arbitrary<string>) =>
  fc.tuple(strings, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })).map(([value, escaped]) => ({
    value,
    text: `"${[...Array(value.length).keys()]
      .map((index) =>
        escaped[index % 4]
          ? `\\u${value.charCodeAt(index).toString(16).padStart(4, '0')}`
          : JSON.stringify(value[index] ?? '').slice(1, -1),
      )
      .join('')}"`,
  }))

/** The text of any value: with white space anywhere, keys and strings as above, and what only Python writes. */
const { value: values } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      '1.0',
      '12345678901234567890',
      '-0',
      '1e400',
      'NaN',
      'Infinity',
      '-Infinity',
      'true',
      'null',
    ),
    literals(fc.oneof(keys, fc.constantFrom('{"a": 1}', '}', '], "b": [', '\\\\"'))).map(({ text }) => text),
    fc
      .tuple(blanks, fc.array(fc.tuple(tie('value'), blanks)))
      .map(([gap, items]) => `[${gap}${items.map(([item, after]) => item + after).join(`,${gap}`)}]`),
    fc
      .tuple(blanks, fc.array(fc.tuple(literals(keys), blanks, tie('value'), blanks)))
      .map(([gap, members]) => {
        const texts = members.map(
          ([key, before, item, after]) => `${key.text}${before}:${gap}${item}${after}`,
        )
        return `{${gap}${texts.join(`,${gap}`)}}`
      }),
  ),
}))

interface Piece {
  readonly text: string
  /** Set where the piece is the value of this key. */
  readonly key?: string
}

/** An object as the pieces of its text, so that a test knows what is a value without reading the text. */
const objects = fc
  .tuple(
    fc.array(fc.tuple(literals(keys), values, fc.array(blanks, { minLength: 4, maxLength: 4 })), {
      maxLength: 6,
    }),
    blanks,
    blanks,
    blanks,
  )
  .map(([members, before, inside, after]): readonly Piece[] => [
    { text: `${before}{` },
    ...members.flatMap(([key, value, [first, second, third, fourth]], index) => [
      { text: `${index > 0 ? ',' : ''}${first}${key.text}${second}:${third}` },
      { text: value, key: key.value },
      { text: fourth ?? '' },
    ]),
    { text: `${inside}}${after}` },
  ])

/** The text `json.dump(indent=2)` gives an object of a list of lists, its braces indented by that many levels. */
function pythonObject(entries: readonly (readonly [string, JsonValue])[], level: number): string {
  const line = `\n${'  '.repeat(level + 1)}`
  const lines = entries.map(
    ([key, value]) => `${formatPythonJson(key)}: ${formatPythonJson(value, level + 1)}`,
  )
  return `{${line}${lines.join(`,${line}`)}\n${'  '.repeat(level)}}`
}

function asObject(value: JsonValue): object {
  if (typeof value !== 'object' || value === null) throw new Error('the text was an object')
  return value
}

const textOf = (pieces: readonly Piece[]) => pieces.map(({ text }) => text).join('')
const keysOf = (pieces: readonly Piece[]) =>
  new Set(pieces.flatMap(({ key }) => (key === undefined ? [] : [key])))

describe(`replaceFields (seed ${seed})`, () => {
  it('changes the values of the keys it is given, each time they are there, and nothing else', () => {
    let replaced = 0
    let twice = 0
    fc.assert(
      fc.property(
        objects,
        fc.array(fc.tuple(keys, values)),
        fc.infiniteStream(fc.boolean()),
        values,
        (pieces, extra, picks, value) => {
          const present = keysOf(pieces)
          const fields = new Map(extra.filter(([key]) => present.has(key)))
          for (const key of present) if (picks.next().value) fields.set(key, value)
          const expected = pieces.map(({ text, key }) =>
            key === undefined ? text : (fields.get(key) ?? text),
          )
          expect(replaceFields(textOf(pieces), fields)).toBe(expected.join(''))
          const values = pieces.filter(({ key }) => key !== undefined)
          if (fields.size > 0) replaced += 1
          if (values.length > present.size) twice += 1
        },
      ),
      { seed, numRuns: 3000 },
    )
    expect(replaced).toBeGreaterThan(1000)
    expect(twice).toBeGreaterThan(100)
  })

  it('parses as the object with those fields set', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.tuple(keys, values), { maxLength: 5 }), (pieces, entries) => {
        const fields = new Map(entries)
        const result = parsePythonJson(replaceFields(textOf(pieces), fields))
        const expected = new Map(Object.entries(asObject(parsePythonJson(textOf(pieces)))))
        for (const [key, value] of fields) expected.set(key, parsePythonJson(value))
        expect(new Map(Object.entries(asObject(result)))).toEqual(expected)
      }),
      { seed, numRuns: 3000 },
    )
  })

  it('gives back the text for its own values, and for none', () => {
    fc.assert(
      fc.property(objects, (pieces) => {
        const own = new Map(pieces.flatMap(({ key, text }) => (key === undefined ? [] : [[key, text]])))
        const text = textOf(pieces)
        expect(replaceFields(text, new Map())).toBe(text)
        if (own.size === pieces.filter(({ key }) => key !== undefined).length) {
          expect(replaceFields(text, own)).toBe(text)
        }
      }),
      { seed, numRuns: 2000 },
    )
  })

  it('adds what is missing as Python would have written it', () => {
    const records = fc.dictionary(keys, fc.json().map(parsePythonJson), { noNullPrototype: true })
    fc.assert(
      fc.property(records, records, fc.nat(3), (before, added, level) => {
        const [old, fresh] = [new Map(Object.entries(before)), Object.entries(added)]
        const missing = fresh.filter(([key]) => !old.has(key))
        fc.pre(old.size > 0 && missing.length > 0)
        const format = (entries: Iterable<readonly [string, JsonValue]>) => pythonObject([...entries], level)
        const fields = new Map(missing.map(([key, value]) => [key, formatPythonJson(value, level + 1)]))
        expect(replaceFields(format(old), fields)).toBe(format([...old, ...missing]))
      }),
      { seed, numRuns: 1000 },
    )
  })
})

describe('examples of replaceFields', () => {
  const record = `{
    "id": "a",
    "score": 1.0,
    "big": 12345678901234567890,
    "cluster_id": null,
    "metadata": {
      "cluster_id": [NaN, -Infinity]
    },
    "title": "\\u00e9 \\/ \\"cluster_id\\": 5,"
  }`

  it('changes one value of a record as Python writes it', () => {
    expect(replace(record, { cluster_id: '7' })).toBe(record.replace('null', '7'))
    expect(replace(record, { metadata: '{}', id: '"$&"' })).toBe(
      record.replace(/"a"/, () => '"$&"').replace(/\{\s+"cluster_id"[^}]+\}/, '{}'),
    )
  })

  it('adds on lines of their own what a record lacks', () => {
    const end = /\n {2}\}$/
    expect(replace(record, { b: '[]', ü: '2.0', id: '"x"' })).toBe(
      record.replace('"a"', '"x"').replace(end, ',\n    "b": [],\n    "\\u00fc": 2.0\n  }'),
    )
    expect(replace('{\r\n\t"a": 1\r\n}\r\n', { b: '2' })).toBe('{\r\n\t"a": 1,\r\n\t"b": 2\r\n}\r\n')
    expect(replace('{ \n\n  "a": 1}', { b: '2' })).toBe('{ \n\n  "a": 1,\n  "b": 2}')
  })

  it('adds on the same line where the first member stands behind the brace', () => {
    expect(replace('{"a":1}', { b: '2', c: '"x"' })).toBe('{"a":1, "b": 2, "c": "x"}')
    expect(replace('{ "a": {"b": 0}, \n"z": 1 }', { b: '2' })).toBe('{ "a": {"b": 0}, \n"z": 1, "b": 2 }')
  })

  it('fills an empty object', () => {
    expect(replace('{}', { a: '1', b: '2' })).toBe('{"a": 1, "b": 2}')
    expect(replace('\n{ }\n', { a: '1' })).toBe('\n{"a": 1 }\n')
    expect(replace('{\n  }', { a: '1', b: '2' })).toBe('{\n    "a": 1,\n    "b": 2\n  }')
  })

  it('knows a key however it is escaped', () => {
    expect(replace('{"\\u0061": 1, "\\\\": 2, "\\"": 3}', { a: '4', '\\': '5', '"': '6' })).toBe(
      '{"\\u0061": 4, "\\\\": 5, "\\"": 6}',
    )
  })

  it('replaces all occurrences of a key, of which the last counts', () => {
    expect(replace('{"a": 1, "b": 2, "a": 3}', { a: '4' })).toBe('{"a": 4, "b": 2, "a": 4}')
  })

  it('refuses what is no object', () => {
    for (const text of [
      '',
      ' ',
      '[]',
      '"a"',
      'null',
      '{',
      '{"a"',
      '{"a":',
      '{"a": 1',
      '{"a": 1,',
      '{"a": 1,}',
      '{,}',
      '{"a" 1}',
      '{a: 1}',
      '{"a": }',
      '{"a": 1 "b": 2}',
      '{"a": "}',
      '{"a": "\\"}',
      '{"a": [}',
      '{"a": [1}]}',
      '{"a": {"b": 1]}',
      '{"a": 1}}',
      '{"a": 1} x',
      '{"a": 1}{}',
      '{"\\x": 1}',
      '{"a": 1]',
      '\u00a0{}',
      "{'a': 1}",
    ]) {
      expect(() => replace(text, { a: '1' }), text).toThrow(TypeError)
      expect(() => replace(text, {}), text).toThrow('the text is no JSON object (character ')
    }
    expect(replace('{"a": 0}', { a: '1' })).toBe('{"a": 1}')
  })

  it('refuses every cut', () => {
    for (let length = 0; length < record.length; length++) {
      expect(() => replace(record.slice(0, length), { id: '1' }), `${length}`).toThrow(TypeError)
    }
    expect(replace(record, { id: '"a"' })).toBe(record)
  })

  it('does not run out of stack, nor of patience with quotes and backslashes', () => {
    const count = 500_000
    const deep = `${'{"a":['.repeat(count)}${']}'.repeat(count)}`
    const quoted = JSON.stringify('\\"'.repeat(count))
    const slashes = JSON.stringify('\\'.repeat(count))
    const text = `{"deep": ${deep}, "quoted": ${quoted}, "slashes": ${slashes}, ${' '.repeat(count)}"a": 1}`
    expect(replace(text, { a: '2' }) === text.replace(/1\}$/, '2}')).toBe(true)
    expect(replace(text, { deep: '0', quoted: '0', slashes: '0' })).toBe(
      `{"deep": 0, "quoted": 0, "slashes": 0, ${' '.repeat(count)}"a": 1}`,
    )
  })
})
