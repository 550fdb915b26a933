import { describe, expect, it } from 'vitest'
import type { Scope } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { scopedCalls } from './support/every-call.js'
import { FakeBackend, keepingLogger } from './support/fake-backend.js'

const nothing: Readonly<Record<string, unknown>> = {
  getNode: undefined,
  getNodes: [],
  countNodes: 0,
  scanNodes: [],
  vectorSearch: [],
  keywordSearch: [],
  explainSearch: { strategy: 'exact', rowsInScope: 0, rowsScored: 0, exact: true },
  getEmbeddings: { nodeIds: [], rows: 0, dimensions: 2, data: new Float32Array(0) },
  getClusterInfo: new Map(),
  getClusterCentroids: new Map(),
  getEpisode: undefined,
  getEpisodes: [],
  countEpisodes: 0,
  scanEpisodes: [],
  searchEpisodes: [],
  getEpisodeEmbeddings: { nodeIds: [], rows: 0, dimensions: 2, data: new Float32Array(0) },
  updateNode: false,
  deleteNodes: 0,
  deleteEpisodes: 0,
  deleteScope: 0,
  recordAccess: undefined,
  assignClusters: 0,
}

const nobody: readonly (readonly [string, Scope])[] = [
  ['no key', {}],
  ['null', { tenantId: null, userId: null }],
  ['undefined', { tenantId: undefined, userId: undefined } as unknown as Scope],
  ['an empty text', { tenantId: '', userId: '' }],
  ['a NUL character', { tenantId: 'a\0' }],
  ['half a surrogate pair', { tenantId: '\ud83d', userId: 'u' }],
]

const wrong: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 't'],
  ['an array', ['t']],
  ['a number as tenant', { tenantId: 1 }],
  ['the snake_case name', { tenant_id: 't' }],
  ['a key too many', { tenantId: 't', all: true }],
  [
    'a class instance',
    new (class Session {
      tenantId = 't'
    })(),
  ],
]

describe.each(Object.entries(scopedCalls))('%s', (name, call) => {
  it.each(nobody)('answers a scope of nobody (%s) with nothing and one warning', async (_, scope) => {
    const logger = keepingLogger()
    const backend = new FakeBackend({ logger })
    expect(await call(backend, scope)).toStrictEqual(nothing[name])
    expect(backend.calls).toEqual([])
    expect(logger.lines).toHaveLength(1)
    expect(logger.lines[0]).toMatch(new RegExp(`^warn: ${name} `))
  })

  it('asks the backend once for a scope that names somebody, and warns of nothing', async () => {
    const logger = keepingLogger()
    for (const [scope, resolved] of [
      [
        { tenantId: 't', userId: 'u' },
        { kind: 'tenant', tenantId: 't' },
      ],
      [
        { tenantId: '', userId: 'u' },
        { kind: 'user', userId: 'u' },
      ],
    ] as const) {
      const backend = new FakeBackend({ logger })
      await call(backend, scope)
      expect(backend.calls).toHaveLength(1)
      expect(backend.calls[0]?.args[0]).toEqual(resolved)
    }
    expect(logger.lines).toEqual([])
  })

  it.each(wrong)('refuses %s for a scope', async (_, scope) => {
    const logger = keepingLogger()
    const backend = new FakeBackend({ logger })
    expect(await codeOf(() => call(backend, scope as Scope))).toBe('TypeError')
    expect(backend.calls).toEqual([])
    expect(logger.lines).toEqual([])
  })
})

it('there is an empty answer above for every scoped operation', () => {
  expect(Object.keys(nothing).sort()).toEqual(Object.keys(scopedCalls).sort())
})

it.each(['insertNode', 'insertNodes', 'insertEpisodes'] as const)(
  '%s refuses a record without an owner and writes nothing',
  async (name) => {
    for (const owner of [{}, { tenantId: null, userId: null }, { tenantId: '', userId: '' }]) {
      const backend = new FakeBackend()
      const record = { id: 'x', humanContent: 'q', assistantContent: 'a', messages: [], ...owner }
      const { messages, ...node } = record
      const episode = { id: 'x', messages, ...owner }
      const owned = { id: 'y', tenantId: 't' }
      const insert = {
        insertNode: () => backend.insertNode(node),
        insertNodes: () => backend.insertNodes([{ ...node, ...owned }, node]),
        insertEpisodes: () => backend.insertEpisodes([{ ...episode, ...owned }, episode]),
      }
      expect(await codeOf(insert[name])).toBe('SCOPE_REQUIRED')
      expect(backend.calls).toEqual([])
    }
  },
)
