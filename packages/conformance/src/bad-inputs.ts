import { type ErrorCode, maxRecordBytes } from '@holdfast/core'
import { axis } from './sample-records.js'
import { fragileVector } from './vector-bits.js'

/** An input of the catalogue in docs/bad-input.md that reaches a backend by its methods, and what comes of it. */
export interface BadInput {
  /** Its number there. */
  readonly number: number
  readonly what: string
  /** Changes to a right node of 8 dimensions. */
  readonly changes: object
  /** The code of the refusal, or what the node then has; `as it is` for exactly what was given. */
  readonly result: ErrorCode | 'as it is' | Readonly<Record<string, unknown>>
}

const kept = (number: number, what: string, changes: object): BadInput => ({
  number,
  what,
  changes,
  result: 'as it is',
})
const refused = (number: number, what: string, changes: object): BadInput => ({
  number,
  what,
  changes,
  result: 'INVALID_NODE',
})
const metadata = (value: unknown) => ({ metadata: { value } })
const tags = (...topics: readonly unknown[]) => ({
  tags: { domains: [], topics, entities: [], processes: [] },
})
const vector = (number: number, what: string, embedding: unknown, result: BadInput['result']): BadInput => ({
  number,
  what,
  changes: { embedding },
  result,
})

/** `levels` lists in one another. */
function nested(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

const circle: unknown[] = []
circle.push(circle)
class Instance {
  readonly field = 1
}
const manyKeys = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, index]))
const { buffer } = Float32Array.of(9, 9, ...axis(3), 9)

export const badInputs: readonly BadInput[] = [
  refused(2, 'a number as id', { id: 7 }),
  refused(2, 'null as id', { id: null }),
  refused(3, 'an empty id', { id: '' }),
  refused(4, 'an id of 513 bytes', { id: `${'é'.repeat(256)}x` }),
  kept(4, 'an id of 512 bytes', { id: 'é'.repeat(256) }),
  refused(5, 'a NUL in the id', { id: 'a\0b' }),
  kept(6, 'another control character in the id', { id: 'a\u0001\u001b[31m\u007f\u0085' }),
  refused(7, 'half a surrogate pair in the id', { id: '\ud83dx' }),
  kept(9, 'blanks around the id', { id: ' a ' }),
  kept(10, 'an id that means something to JavaScript', { id: '__proto__' }),
  kept(11, 'an id that looks like a path', { id: '../../x' }),
  kept(11, 'an id that Windows reserves', { id: 'CON' }),
  kept(12, 'an id of emoji and right to left text', { id: '\u{1f600}\u202eשלום' }),
  kept(17, 'unknown keys', { extra: { future: { a: [1, null] }, '': 0 } }),
  kept(18, 'a key __proto__', { metadata: JSON.parse('{"__proto__":{"polluted":true}}') }),
  refused(19, 'no question', { humanContent: undefined }),
  refused(19, 'a number as answer', { assistantContent: 1 }),
  kept(20, 'empty contents', { humanContent: '', assistantContent: '' }),
  kept(21, 'a question of 2 MiB', { humanContent: 'x'.repeat(2 ** 21) }),
  refused(21, 'a question past the size of a record', { humanContent: 'x'.repeat(maxRecordBytes) }),
  refused(27, 'metadata past the size of a record', metadata('x'.repeat(maxRecordBytes))),
  kept(22, 'NUL in the contents', { humanContent: 'a\0b', ...metadata('\0') }),
  kept(23, 'half surrogate pairs in the contents', { humanContent: '\ud83d', assistantContent: '\ude00' }),
  kept(24, 'noncharacters and marks', { humanContent: '\ufeff\uffff\ufffe\u{1ffff}\u2028' }),
  refused(25, 'lists 100 deep in the metadata', metadata(nested(100))),
  kept(25, 'lists 98 deep in the metadata', metadata(nested(98))),
  kept(26, 'ten thousand keys', { metadata: manyKeys }),
  refused(28, 'a circle', metadata(circle)),
  refused(29, 'a bigint', metadata(1n)),
  refused(
    29,
    'a function',
    metadata(() => 1),
  ),
  refused(29, 'a symbol', metadata(Symbol('x'))),
  refused(29, 'undefined in a list', metadata([undefined])),
  refused(29, 'a list with holes', metadata(new Array(2))),
  refused(29, 'a Map', metadata(new Map())),
  refused(29, 'an instance of a class', metadata(new Instance())),
  {
    number: 29,
    what: 'a Date',
    changes: metadata(new Date(0)),
    result: metadata('1970-01-01T00:00:00.000Z'),
  },
  refused(30, 'toJSON', metadata({ toJSON: () => 'something else' })),
  refused(31, 'NaN', metadata(Number.NaN)),
  refused(31, 'infinity', metadata(-Infinity)),
  refused(32, 'an integer field past 2^53', { sequenceIndex: 2 ** 53 }),
  kept(32, 'a number past 2^53 in the metadata', metadata(2 ** 53 + 2)),
  kept(33, 'numbers that are written in several ways', metadata([1.5, 1e16, 1e21, 1e-7, 5e-324])),
  refused(34, 'tags as a list', { tags: ['a'] }),
  refused(35, 'a number as tag', tags('a', 1)),
  kept(36, 'a tag twice', tags('a', 'a')),
  kept(37, 'empty and blank tags', tags('', ' ')),
  kept(38, 'a thousand tags', tags(...Array.from({ length: 1_000 }, (_, index) => `tag ${index}`))),
  kept(38, 'a tag of a thousand characters', tags('x'.repeat(1_000))),
  kept(39, 'tags with punctuation', tags(',', '"', '\n', '%', '_', '{', '\\', "'")),
  kept(40, 'a tag __proto__', tags('__proto__', 'constructor')),
  kept(41, 'a time without an offset', { createdAt: '2024-05-01 12:00:00' }),
  kept(42, 'a time with an offset', { createdAt: '2024-05-01T12:00:00+05:30' }),
  kept(43, 'microseconds', { createdAt: '2024-05-01T12:00:00.123456' }),
  ...['2024-05-01T24:00:00', '2024-02-30', '0000-01-01T00:00:00', '10000-01-01T00:00:00'].map((createdAt) =>
    refused(44, `the time ${createdAt}`, { createdAt }),
  ),
  refused(45, 'seconds since 1970', { createdAt: 1_714_550_400 }),
  refused(45, 'milliseconds since 1970, as a text', { createdAt: '1714550400000' }),
  refused(46, 'None as time', { createdAt: 'None' }),
  refused(46, 'an empty time', { lastAccessed: '' }),
  refused(47, 'a leap second', { createdAt: '2016-12-31T23:59:60Z' }),
  vector(49, 'NaN in a vector', [...axis(0, 7), Number.NaN], 'INVALID_EMBEDDING'),
  vector(50, 'infinity in a vector', [...axis(0, 7), Number.POSITIVE_INFINITY], 'INVALID_EMBEDDING'),
  vector(51, 'a component past float32', [...axis(0, 7), 1e39], 'INVALID_EMBEDDING'),
  vector(52, 'subnormal components', fragileVector, { vector: [...fragileVector] }),
  vector(53, 'the largest components', axis(0, 8, 3.4e38), { vector: [...axis(0, 8, 3.4e38)] }),
  vector(54, 'a vector of zeros', new Float32Array(8), { vector: undefined }),
  vector(55, 'a vector of 7 values', axis(0, 7), 'DIMENSION_MISMATCH'),
  vector(55, 'a vector of 9 values', axis(0, 9), 'DIMENSION_MISMATCH'),
  vector(55, 'a vector of no values', [], 'INVALID_EMBEDDING'),
  vector(56, 'no vector', undefined, { vector: undefined }),
  vector(57, 'a vector of texts', Array(8).fill('1'), 'INVALID_EMBEDDING'),
  vector(57, 'a vector in base64', 'AACAPwAAgD8=', 'INVALID_EMBEDDING'),
  vector(58, 'a vector of float64', new Float64Array(8), 'INVALID_EMBEDDING'),
  vector(58, 'a view into another buffer', new Float32Array(buffer, 8, 8), { vector: [...axis(3)] }),
  vector(60, 'a vector of 16,001 values', new Float32Array(16_001).fill(1), 'INVALID_EMBEDDING'),
  vector(61, 'a vector that is not of unit length', axis(2, 8, 7), { vector: [...axis(2, 8, 7)] }),
]
