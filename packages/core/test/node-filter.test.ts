import { describe, expect, it } from 'vitest'
import { matchesFilter, type NodeFilter, parseMemoryNode, resolveFilter } from '../src/index.js'

const node = parseMemoryNode({
  id: 'n1',
  humanContent: 'q',
  assistantContent: 'a',
  userId: 'u1',
  tenantId: 't1',
  conversationId: 'c1',
  source: 'claude',
  clusterId: 0,
  hasCode: true,
  hasError: false,
  tags: { domains: ['billing'], more: ['Refund'] },
  createdAt: '2024-05-01T12:00:00.000002+02:00',
})
const bare = parseMemoryNode({ humanContent: 'q', assistantContent: 'a', createdAt: '2024-05-01' })

const matches = (filter: NodeFilter, of = node) => {
  const resolved = resolveFilter(filter)
  if (resolved === undefined) throw new Error('the filter asks for nothing')
  return matchesFilter(of, resolved)
}

describe('matchesFilter', () => {
  it.each<[NodeFilter, boolean]>([
    [{ ids: 'n1' }, true],
    [{ ids: ['x', 'n1'] }, true],
    [{ ids: ['n', 'n11', 'N1', ' n1', '%'] }, false],
    [{ ids: [] }, false],
    [{ userId: 'u1' }, true],
    [{ userId: ['u2', 'u1'] }, true],
    [{ userId: 'u' }, false],
    [{ userId: [] }, false],
    [{ conversationId: 'c1' }, true],
    [{ conversationId: '' }, false],
    [{ conversationId: [] }, false],
    [{ source: 'claude' }, true],
    [{ source: ['Claude', 'claude '] }, false],
    [{ source: [] }, false],
    [{ clusterId: 0 }, true],
    [{ clusterId: -0 }, true],
    [{ clusterId: [1, 0] }, true],
    [{ clusterId: -1 }, false],
    [{ clusterId: [] }, false],
    [{ tags: 'billing' }, true],
    [{ tags: 'Refund' }, true],
    [{ tags: ['x', 'Refund'] }, true],
    [{ tags: 'refund' }, false],
    [{ tags: 'bill' }, false],
    [{ tags: 'domains' }, false],
    [{ tags: [] }, false],
    [{ hasCode: true }, true],
    [{ hasCode: false }, false],
    [{ hasError: false }, true],
    [{ hasError: true }, false],
    [{ source: ['clau', 'claude2', ''] }, false],
    [{ conversationId: ['c', 'c11', 'C1'] }, false],
    [{ userId: ['u11', 'U1', ''] }, false],
    [{ createdAfter: '2024-05-01T10:00:00.000001Z' }, true],
    [{ createdAfter: '2024-05-01T10:00:00.000002Z' }, false],
    [{ createdAfter: '2024-05-01T10:00:00.000003Z' }, false],
    [{ createdBefore: '2024-05-01T10:00:00.000003Z' }, true],
    [{ createdBefore: '2024-05-01T10:00:00.000002Z' }, false],
    [{ createdBefore: '2024-05-01T10:00:00.000001Z' }, false],
    [{ createdAfter: '2024-05-01 09:59:59.999999' }, true],
    [{ createdAfter: new Date('2024-05-01T10:00:00Z') }, true],
    [{ createdBefore: new Date('2024-05-01T10:00:00Z') }, false],
    [{ ids: 'n1', hasCode: true, source: 'claude', tags: 'billing' }, true],
    [{ ids: 'n1', hasCode: false }, false],
    [{ ids: 'x', hasCode: true }, false],
    [{ createdAfter: '2024-01-01', createdBefore: '2025-01-01' }, true],
    [{ createdAfter: '2024-01-01', createdBefore: '2024-02-01' }, false],
    [{ createdAfter: '2024-06-01', createdBefore: '2025-01-01' }, false],
  ])('%j: %j', (filter, expected) => {
    expect(matches(filter)).toBe(expected)
  })

  it.each<[NodeFilter, boolean]>([
    [{ userId: '' }, false],
    [{ userId: 'null' }, false],
    [{ clusterId: 0 }, false],
    [{ clusterId: -1 }, false],
    [{ tags: '' }, false],
    [{ conversationId: '' }, true],
    [{ hasCode: false, hasError: false }, true],
    [{ hasCode: true }, false],
    [{ hasError: true }, false],
    [{ createdAfter: '2024-04-30T23:59:59.999999Z', createdBefore: '2024-05-01T00:00:00.000001Z' }, true],
  ])('a bare node, %j: %j', (filter, expected) => {
    expect(matches(filter, bare)).toBe(expected)
  })

  it('tells an error from none', () => {
    const failed = { ...bare, hasError: true }
    expect(matches({ hasError: true }, failed)).toBe(true)
    expect(matches({ hasError: false }, failed)).toBe(false)
  })

  it('sees no node whose timestamp cannot be read through a time filter', () => {
    const broken = { ...node, createdAt: 'yesterday' }
    expect(matches({ createdAfter: '0001-01-01' }, broken)).toBe(false)
    expect(matches({ createdBefore: '9999-01-01' }, broken)).toBe(false)
    expect(matches({ ids: 'n1' }, broken)).toBe(true)
  })

  it('does not take a category __proto__ or an inherited list for a tag', () => {
    expect(
      matches({ tags: 'x' }, { ...node, tags: { ...node.tags, ...JSON.parse('{"__proto__":["x"]}') } }),
    ).toBe(true)
    expect(
      matches({ tags: 'x' }, { ...node, tags: Object.assign(Object.create({ more: ['x'] }), node.tags) }),
    ).toBe(false)
  })
})

describe('resolveFilter', () => {
  it('makes lists of single values and microseconds of times', () => {
    expect(
      resolveFilter({
        userId: 'u',
        conversationId: ['c'],
        source: [],
        clusterId: 3,
        tags: ['a', 'b'],
        hasCode: false,
        hasError: true,
        createdAfter: '1970-01-01T00:00:00.000001',
        createdBefore: new Date(1),
        ids: 'n',
      }),
    ).toStrictEqual({
      userId: ['u'],
      conversationId: ['c'],
      source: [],
      clusterId: [3],
      tags: ['a', 'b'],
      hasCode: false,
      hasError: true,
      createdAfter: 1,
      createdBefore: 1000,
      ids: ['n'],
    })
  })

  it('is undefined when nothing is asked', () => {
    expect([resolveFilter(undefined), resolveFilter({})]).toEqual([undefined, undefined])
  })

  it('shares no list with the caller', () => {
    const ids = ['a']
    const resolved = resolveFilter({ ids })
    ids.push('b')
    expect(resolved).toEqual({ ids: ['a'] })
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a string', 'x'],
    ['a list', []],
    ['a class instance', new (class Filter {})()],
    ['a Map', new Map()],
    ['an unknown field', { tenantId: 't' }],
    ['a snake_case field', { user_id: 'u' }],
    ['an unknown field that every object has', { toString: 'x' }],
    ['a key __proto__', JSON.parse('{"__proto__":{"ids":["n"]}}')],
    ['a key constructor', { constructor: 'x' }],
    ['undefined in a field', { userId: undefined }],
    ['null in a field', { conversationId: null }],
    ['an operator', { source: { $ne: 'x' } }],
    ['an operator in a list', { ids: [{ $gt: '' }] }],
    ['a number for a text', { source: 5 }],
    ['a list in a list', { tags: [['a']] }],
    ['undefined in a list', { ids: ['a', undefined] }],
    ['a hole in a list', { ids: new Array(1) }],
    ['a Set', { ids: new Set(['a']) }],
    ['a text for a number', { clusterId: '1' }],
    ['a fraction', { clusterId: 1.5 }],
    ['NaN', { clusterId: [Number.NaN] }],
    ['a number past the safe ones', { clusterId: 2 ** 53 }],
    ['a text for a flag', { hasCode: 'true' }],
    ['a number for a flag', { hasError: 0 }],
    ['a list for a flag', { hasCode: [true] }],
    ['a number for a time', { createdAfter: 0 }],
    ['no timestamp', { createdBefore: '2024-02-30' }],
    ['an empty time', { createdAfter: '' }],
    ['an invalid Date', { createdBefore: new Date(Number.NaN) }],
    ['a Date past the year 9999', { createdBefore: new Date(8.64e15) }],
    ['a list of times', { createdAfter: ['2024-01-01'] }],
  ])('refuses %s', (_, filter) => {
    expect(() => resolveFilter(filter as NodeFilter)).toThrow(TypeError)
  })

  it.each<[unknown, string]>([
    [{ source: 5 }, 'filter.source must be a string or a list of them'],
    [{ clusterId: 1.5 }, 'filter.clusterId must be an integer or a list of them'],
    [{ hasCode: 1 }, 'filter.hasCode must be a boolean'],
    [{ createdAfter: 0 }, 'filter.createdAfter must be an ISO 8601 timestamp'],
    [{ tenant: 'x' }, 'the unknown field "tenant"; known are userId,'],
  ])('says of %j what is wrong', (filter, message) => {
    expect(() => resolveFilter(filter as NodeFilter)).toThrow(message)
  })
})
