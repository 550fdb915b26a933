import { describe, expect, it } from 'vitest'
import { formatNode, type MemoryNode, parseMemoryNode, readNode } from '../src/index.js'
import { memoryErrorOf } from './support/catching.js'

const base = { humanContent: 'q', assistantContent: 'a' }
const now = new Date('2024-05-01T12:00:00.000Z')

const full: Omit<MemoryNode, 'embedding'> = {
  id: 'n1',
  conversationId: 'c1',
  sequenceIndex: 3,
  humanContent: 'question',
  assistantContent: 'answer',
  source: 'claude',
  createdAt: '2024-05-01 12:00:00.000001+05:30',
  userId: 'zoë',
  tenantId: 'acme',
  intentType: 'question',
  complexity: 'complex',
  technicalDepth: 4,
  emotionalValence: 'positive',
  urgency: 'high',
  conversationMode: 'debug',
  actionRequired: true,
  hasCode: true,
  hasError: true,
  tags: { domains: ['d'], topics: ['t', 't'], entities: [''], processes: ['p'], more: ['m'] },
  clusterId: -1,
  clusterLabel: 'noise',
  clusterConfidence: 0.25,
  accessCount: 9,
  lastAccessed: '2024-05-02T00:00:00',
  metadata: { own: [1, null] },
  extra: { unknown_key: { a: 1 } },
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

describe('parseMemoryNode', () => {
  it('keeps every field', () => {
    expect(parseMemoryNode(full)).toStrictEqual(full)
  })

  it('takes every field by its snake_case name', () => {
    const given = Object.fromEntries(Object.entries(full).map(([name, value]) => [snake(name), value]))
    expect(Object.keys(given)).toContain('human_content')
    expect(parseMemoryNode(given)).toStrictEqual(full)
  })

  it("fills in Python's defaults", () => {
    expect(parseMemoryNode(base, { now })).toStrictEqual({
      id: parseMemoryNode(base).id,
      conversationId: '',
      sequenceIndex: 0,
      humanContent: 'q',
      assistantContent: 'a',
      source: 'unknown',
      createdAt: '2024-05-01T12:00:00.000Z',
      userId: null,
      tenantId: null,
      intentType: 'statement',
      complexity: 'simple',
      technicalDepth: 0,
      emotionalValence: 'neutral',
      urgency: 'low',
      conversationMode: 'chat',
      actionRequired: false,
      hasCode: false,
      hasError: false,
      tags: { domains: [], topics: [], entities: [], processes: [] },
      clusterId: null,
      clusterLabel: null,
      clusterConfidence: 0,
      accessCount: 0,
      lastAccessed: null,
      metadata: {},
      extra: {},
    } satisfies MemoryNode)
  })

  it('takes undefined for absent, also beside the other name', () => {
    const given = {
      ...base,
      source: undefined,
      human_content: undefined,
      unknown: undefined,
      extra: undefined,
    }
    expect(parseMemoryNode(given, { now })).toStrictEqual(parseMemoryNode(base, { now }))
  })

  it('keeps empty contents', () => {
    const node = parseMemoryNode({ humanContent: '', assistantContent: '' })
    expect([node.humanContent, node.assistantContent]).toEqual(['', ''])
  })

  it('takes an empty owner for none', () => {
    const { tenantId, userId } = parseMemoryNode({ ...base, tenantId: '', userId: '' })
    expect([tenantId, userId]).toEqual([null, null])
  })

  it('takes dates for timestamps', () => {
    const node = parseMemoryNode({ ...base, createdAt: now, last_accessed: new Date(0) })
    expect([node.createdAt, node.lastAccessed]).toEqual([
      '2024-05-01T12:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
    ])
  })

  it('shares nothing between nodes', () => {
    const first = parseMemoryNode(base)
    for (const list of Object.values(first.tags)) (list as string[]).push('leak')
    Object.assign(first.tags, { more: ['leak'] })
    Object.assign(first.metadata, { leak: 1 })
    Object.assign(first.extra, { leak: 1 })
    const second = parseMemoryNode(base)
    expect([second.tags, second.metadata, second.extra]).toEqual([
      { domains: [], topics: [], entities: [], processes: [] },
      {},
      {},
    ])
  })

  it('shares nothing with its input and does not change it', () => {
    const given = {
      ...base,
      tags: { domains: ['d'] },
      metadata: { a: [1] },
      embedding: new Float32Array([1, 2]),
    }
    const before = structuredClone(given)
    const node = parseMemoryNode(given)
    given.tags.domains.push('x')
    given.metadata.a.push(2)
    given.embedding[0] = 9
    expect([node.tags.domains, node.metadata, node.embedding]).toEqual([
      before.tags.domains,
      before.metadata,
      before.embedding,
    ])
  })

  it('reads every field once', () => {
    const reads = new Map<string, number>()
    const counting = <T extends object>(target: T, path: string): T =>
      new Proxy(target, {
        get(object, key) {
          const value: unknown = Reflect.get(object, key)
          if (typeof key !== 'string') return value
          reads.set(`${path}.${key}`, (reads.get(`${path}.${key}`) ?? 0) + 1)
          return value
        },
      })
    const tags = counting({ domains: ['d'] }, 'tags')
    parseMemoryNode(counting({ ...full, tags, metadata: counting({ a: 1 }, 'metadata') }, 'node'))
    expect(reads.size).toBe(Object.keys(full).length + 2)
    expect([...reads].filter(([, count]) => count !== 1)).toEqual([])
  })

  it('believes the first answer of a getter that lies', () => {
    let reads = 0
    const node = parseMemoryNode({
      ...base,
      get tenantId() {
        reads += 1
        return reads === 1 ? 'acme' : 'globex'
      },
    })
    expect(node.tenantId).toBe('acme')
  })

  it('passes on what a getter throws', () => {
    const failure = new Error('from the getter')
    const thrower = {
      ...base,
      get source(): string {
        throw failure
      },
    }
    expect(() => parseMemoryNode(thrower)).toThrow(failure)
  })

  const numbers = ['1', null, true, Number.NaN, Number.POSITIVE_INFINITY]
  const texts = [5, null, true, ['x'], {}]
  const flags = [1, null, 'true', {}]
  const moments = [5, 0, true, '', 'None', '2024-02-30', new Date(Number.NaN), new Date(8.64e15), {}]
  it.each<[string, readonly unknown[]]>([
    ['id', [...texts, '', 'a\0', '\ud800', 'x'.repeat(513), 'é'.repeat(257)]],
    ['conversationId', texts],
    ['sequenceIndex', [...numbers, 1.5, 2 ** 53]],
    ['humanContent', [...texts, undefined]],
    ['assistantContent', [...texts, undefined]],
    ['source', texts],
    ['createdAt', moments],
    ['userId', [5, true, [], {}, 'a\0', '\udc00', 'x'.repeat(1025), 'é'.repeat(513)]],
    ['tenantId', [0, false, ['a'], {}, 'a\0', '\udc00', 'x'.repeat(1025)]],
    ['intentType', texts],
    ['complexity', texts],
    ['technicalDepth', numbers],
    ['emotionalValence', texts],
    ['urgency', texts],
    ['conversationMode', texts],
    ['actionRequired', flags],
    ['hasCode', flags],
    ['hasError', flags],
    ['tags', [5, null, [], 'x', { domains: 'x' }, { domains: null }, { x: [1] }, { x: [null] }, new Map()]],
    ['clusterId', ['1', true, 1.5, 2 ** 31, -(2 ** 31) - 1]],
    ['clusterLabel', [5, true, {}]],
    ['clusterConfidence', numbers],
    ['accessCount', [...numbers, -1, 1.5]],
    ['lastAccessed', moments],
    ['metadata', [5, null, [], 'x', new Map(), { f() {} }]],
    ['extra', [5, null, [], 'x', { tenant_id: 'x' }, { tenantId: 'x' }, { f() {} }]],
  ])('refuses a bad %s and names it', (field, values) => {
    for (const value of values) {
      const error = memoryErrorOf(() => parseMemoryNode({ ...full, [field]: value }))
      expect(error.code).toBe('INVALID_NODE')
      expect(error.message).toContain(`node.${field === 'extra' ? '' : field}`)
    }
  })

  it('has a row above for every field', () => {
    expect(Object.keys(full)).toHaveLength(26)
  })

  it('names all wrong fields at once', () => {
    const { message } = memoryErrorOf(() => parseMemoryNode({ humanContent: 5, accessCount: -1 }))
    for (const name of ['humanContent', 'assistantContent', 'accessCount']) {
      expect(message).toContain(`node.${name}`)
    }
  })

  it.each([null, undefined, 'x', 5, [], [base], new Map(), new (class Node {})(), () => base])(
    'refuses %o in place of a node',
    (input) => {
      expect(memoryErrorOf(() => parseMemoryNode(input)).code).toBe('INVALID_NODE')
    },
  )

  it.each([
    [{ tenantId: 'a', tenant_id: 'a' }],
    [{ tenantId: null, tenant_id: 'b' }],
    [{ userId: 'a', user_id: 'b' }],
    [{ hasCode: true, has_code: true }],
    [{ extra: { has_code: true } }],
    [{ other: 1, extra: { other: 1 } }],
  ])('refuses a field given twice: %j', (fields) => {
    expect(memoryErrorOf(() => parseMemoryNode({ ...base, ...fields })).message).toMatch(
      /twice|both its names/,
    )
  })

  it('keeps the bounds: an id of 512 bytes, an owner of 1024', () => {
    const id = 'é'.repeat(256)
    const tenantId = 'x'.repeat(1024)
    expect(parseMemoryNode({ ...base, id, tenantId })).toMatchObject({ id, tenantId })
  })

  it.each([
    ['__proto__'],
    ['constructor'],
    ['../../x'],
    [' n '],
    ['a:b'],
    ["'; DROP TABLE"],
    ['👩‍👩‍👧'],
    ['\u0001'],
  ])('keeps the id %j', (id) => {
    const node = parseMemoryNode({ ...base, id })
    expect(node.id).toBe(id)
    expect(readNode(formatNode(node)).id).toBe(id)
  })

  it('keeps a tag category __proto__', () => {
    const node = parseMemoryNode({ ...base, tags: JSON.parse('{"__proto__":["x"]}') })
    expect(Object.keys(node.tags)).toContain('__proto__')
    expect(readNode(formatNode(node))).toStrictEqual(node)
    expect(Object.getPrototypeOf(node.tags)).toBe(Object.prototype)
  })
})
