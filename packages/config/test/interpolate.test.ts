// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration, not of a template
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpolate } from '../src/interpolate.js'

const variables: ReadonlyMap<string, string> = new Map([
  ['HOST', 'db.example'],
  ['EMPTY', ''],
  ['TRICKY', '${HOST} $& $1 $${'],
])
const lookup = (name: string) => variables.get(name)
const run = (text: string) => interpolate(text, lookup, 'here')

describe('interpolate', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['${HOST}', 'db.example'],
    ['a${HOST}b${HOST}c', 'adb.examplebdb.examplec'],
    ['${EMPTY}', ''],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NONE:-fallback}', 'fallback'],
    ['${NONE:-}', ''],
    ['${NONE:-a:-b}', 'a:-b'],
    ['${HOST:-fallback}', 'db.example'],
    ['${NONE:-two\nlines}', 'two\nlines'],
    ['$${HOST}', '${HOST}'],
    ['$$${HOST}', '$${HOST}'],
    ['$HOST $ $$ $5', '$HOST $ $$ $5'],
    ['${TRICKY}', '${HOST} $& $1 $${'],
    ['}{', '}{'],
  ])('%j becomes %j', (text, expected) => {
    expect(run(text)).toBe(expected)
  })

  it('names a variable that is not set, and the place', () => {
    expect(() => run('secret ${NONE}')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'here needs the environment variable NONE, which is not set',
      }),
    )
  })

  it.each([
    '${',
    '${HOST',
    '${}',
    '${1A}',
    '${A B}',
    '${HOST:=x}',
    '${HOST-x}',
    '${NONE:-${HOST}}',
    '${ HOST }',
  ])('refuses %j without repeating it', (text) => {
    expect(() => run(`s3cret${text}`)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/^here has a malformed variable/) as string,
      }),
    )
    expect(() => run(`s3cret${text}`)).not.toThrow(/s3cret/)
  })
})

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
const literal = fc.string({ unit: 'grapheme' }).filter((text) => !/[${}]/.test(text))
const piece = fc.oneof(
  literal.map((text) => ({ source: text, meaning: () => text })),
  fc.constant({ source: '$${', meaning: () => '${' }),
  name.map((key) => ({
    source: `\${${key}}`,
    meaning: (values: ReadonlyMap<string, string>) => values.get(key),
  })),
  fc.tuple(name, literal).map(([key, fallback]) => ({
    source: `\${${key}:-${fallback}}`,
    meaning: (values: ReadonlyMap<string, string>) => values.get(key) || fallback,
  })),
)

describe('interpolate, for any text', () => {
  it('means piece by piece what it is made of', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.tuple(name, fc.string())), (pieces, pairs) => {
        const values = new Map(pairs)
        const meanings = pieces.map(({ meaning }) => meaning(values))
        const text = pieces.map(({ source }) => source).join('')
        const act = () => interpolate(text, (key) => values.get(key), 'here')
        if (meanings.includes(undefined)) expect(act).toThrow(/needs the environment variable/)
        else expect(act()).toBe(meanings.join(''))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives any text back when its every ${ is written $${', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          interpolate(
            text.replaceAll('${', () => '$${'),
            () => undefined,
            'here',
          ),
        ).toBe(text)
      }),
      { numRuns: 1000, examples: [['${A}'], ['$${'], ['$$${A:-}']] },
    )
  })
})
