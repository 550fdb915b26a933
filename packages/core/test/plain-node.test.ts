import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeFields } from '../src/field-names.js'
import { type MemoryNode, parseMemoryNode, readNode } from '../src/index.js'
import { type JsonObject, toJsonValue } from '../src/json-value.js'
import { nodeBySchema } from '../src/memory-node.js'
import { plainNode } from '../src/plain-node.js'
import { anyText, seed } from './support/seed.js'

/** What a field may be, right and wrong, by what it should be. */
const text = fc.oneof(anyText, fc.constantFrom('', 'é', '\0', '\ud800'))
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('', '\0', '\ud800', 'a'.repeat(171), 'é'.repeat(170), 'é'.repeat(300), 'a'.repeat(1025)),
)
const moment = fc.constantFrom(
  '2024-05-01',
  '2024-05-01T12:00:00.123456+02:00',
  '2024-02-30',
  'yesterday',
  '0000-01-01',
  '',
)
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    2 ** 31,
    2 ** 31 - 1,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    2 ** 53 - 1,
    Number.NaN,
  ),
)
const strings = fc.array(fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant(1) }), {
  maxLength: 3,
})
const lists = fc.dictionary(fc.constantFrom('domains', 'more', '__proto__', '1'), strings, { maxKeys: 3 })
const rightOrNearly: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: name,
  createdAt: fc.oneof(moment, fc.date({ noInvalidDate: false })),
  userId: name,
  tenantId: name,
  sequenceIndex: number,
  technicalDepth: number,
  clusterConfidence: number,
  accessCount: number,
  clusterId: number,
  actionRequired: fc.boolean(),
  hasCode: fc.boolean(),
  hasError: fc.boolean(),
  lastAccessed: moment,
  tags: lists,
  metadata: fc.dictionary(anyText, fc.jsonValue(), { maxKeys: 2 }),
}
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, 0, '', true, [], {}, ['a'], { a: 'b' }),
  name,
  number,
  lists,
)

const right = {
  id: 'n',
  humanContent: 'q',
  assistantContent: 'a',
  createdAt: '2024-05-01T12:00:00',
}

const allFields = [...nodeFields, 'metadata']
/** A right node of which some fields are missing. */
const rightFields = fc.subarray(allFields).map((fields): Readonly<Record<string, unknown>> => {
  const full: Readonly<Record<string, unknown>> = { ...parseMemoryNode({ ...right, userId: 'u' }) }
  return { ...right, ...Object.fromEntries(fields.map((field) => [field, full[field]])) }
})
const change = fc
  .constantFrom(...allFields)
  .chain((field) =>
    fc.tuple(
      fc.constant(field),
      fc.oneof({ weight: 4, arbitrary: rightOrNearly[field] ?? text }, { weight: 1, arbitrary: anything }),
    ),
  )
/** Fields as they come out of `splitFields`, a few of them changed. */
const known = fc
  .tuple(rightFields, fc.array(change, { maxLength: 4 }))
  .map(
    ([fields, changes]) =>
      ({ ...fields, ...Object.fromEntries(changes) }) as Readonly<Record<string, unknown>>,
  )

function bySchema(fields: Readonly<Record<string, unknown>>, extra: JsonObject): MemoryNode | undefined {
  try {
    return nodeBySchema(fields, extra)
  } catch {
    return undefined
  }
}

describe(`plainNode, seed ${seed}`, () => {
  it('makes the same node as the schema, key by key in order, and none where the schema refuses', () => {
    const counts = { plain: 0, refused: 0, left: 0 }
    fc.assert(
      fc.property(known, (fields) => {
        const copy = Object.fromEntries(
          Object.entries(fields).map(([key, value]) => [key, copied(value, key)]),
        )
        const expected = bySchema(copy, {})
        const node = plainNode(copy, copy.createdAt, {})
        counts[node !== undefined ? 'plain' : expected === undefined ? 'refused' : 'left'] += 1
        if (node === undefined) return
        expect(node).toStrictEqual(expected)
        expect(JSON.stringify(node)).toBe(JSON.stringify(expected))
      }),
      { numRuns: 3000 },
    )
    // Each of the three ways was taken often, or the test would say nothing.
    expect(counts.plain).toBeGreaterThan(300)
    expect(counts.refused).toBeGreaterThan(300)
    expect(counts.left).toBeGreaterThan(10)
  })

  it('is not asked in vain: what is right is plain, with one field or none', () => {
    expect(plainNode(right, right.createdAt, {})).toStrictEqual(nodeBySchema(right, {}))
    expect(plainNode(right, new Date(0), {})?.createdAt).toBe('1970-01-01T00:00:00.000Z')
    const full = { ...parseMemoryNode({ ...right, userId: 'u', tags: { more: ['m'] } }) }
    for (const field of allFields) {
      const fields = { ...right, [field]: full[field as keyof MemoryNode] }
      expect(plainNode(fields, fields.createdAt, {}), field).toStrictEqual(nodeBySchema(fields, {}))
    }
  })

  it.each(allFields)('leaves a wrong %s to the schema', (field) => {
    for (const wrong of [Symbol('wrong'), Number.NaN, ['x'], () => 'x']) {
      const fields = { ...right, [field]: wrong }
      expect(() => nodeBySchema(fields, {})).toThrow()
      expect(plainNode(fields, fields.createdAt, {})).toBeUndefined()
    }
  })

  it('makes objects of its own for each node', () => {
    const [one, other] = [right, right].map((fields) => plainNode(fields, fields.createdAt, {}))
    expect(one).toStrictEqual(other)
    expect(one?.tags).not.toBe(other?.tags)
    expect(one?.tags.domains).not.toBe(other?.tags.domains)
    expect(one?.metadata).not.toBe(other?.metadata)
  })

  it('says the same of a stored node, whichever way it goes', () => {
    const stored = {
      id: 'n',
      human_content: 'q',
      assistant_content: 'a',
      created_at: '2024-05-01',
      tags: null,
    }
    const { id: _, ...withoutId } = stored
    const plain = readNode(JSON.stringify(stored))
    expect({ ...readNode(JSON.stringify(withoutId)), id: 'n' }).toStrictEqual(plain)
  })
})

/** As `splitFields` copies: objects are JSON and nobody else's. */
function copied(value: unknown, path: string): unknown {
  if (value instanceof Date) return value
  return typeof value === 'object' && value !== null ? toJsonValue(value, path) : value
}
