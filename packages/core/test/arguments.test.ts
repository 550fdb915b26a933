import { describe, expect, it } from 'vitest'
import type { MemoryBackend } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { node, scopedCalls } from './support/every-call.js'
import { FakeBackend } from './support/fake-backend.js'

const scope = { tenantId: 't' }
/** A call from JavaScript, where nothing checks the types. */
type Untyped = Record<string, (...args: unknown[]) => unknown>
const untyped = (target: object) => target as unknown as Untyped

describe('arguments', () => {
  const filtered = ['getNodes', 'countNodes', 'scanNodes', 'vectorSearch', 'keywordSearch', 'explainSearch']
  it.each(filtered)('%s refuses a filter that it does not know', async (name) => {
    for (const filter of [null, [], { tenantId: 't' }, { userId: undefined }, { source: { $ne: 1 } }]) {
      const backend = new FakeBackend()
      expect(await codeOf(() => scopedCalls[name]?.(backend, scope, { filter }))).toBe('TypeError')
      expect(backend.calls).toEqual([])
    }
  })

  it.each(['getEpisodes', 'scanEpisodes', 'searchEpisodes', 'countEpisodes'])(
    '%s takes no filter',
    async (name) => {
      const backend = new FakeBackend()
      expect(await codeOf(() => scopedCalls[name]?.(backend, scope, { filter: {} }))).toBe('TypeError')
      expect(backend.calls).toEqual([])
    },
  )

  type Case = [string, (backend: MemoryBackend & Untyped) => unknown, string]
  const cases: Case[] = []
  for (const given of [undefined, null, 5, ['n'], {}]) {
    const id = given as unknown as string
    cases.push([`getNode(${id})`, (backend) => backend.getNode(scope, id), 'TypeError'])
    cases.push([`getEpisode(${id})`, (backend) => backend.getEpisode(scope, id), 'TypeError'])
    cases.push([`updateNode(${id})`, (backend) => backend.updateNode(scope, id, {}), 'TypeError'])
  }
  for (const method of ['deleteNodes', 'deleteEpisodes', 'recordAccess'] as const) {
    for (const ids of [
      undefined,
      null,
      'n',
      { 0: 'n', length: 1 },
      [5],
      ['n', null],
      new Array(1),
      new Set(['n']),
    ]) {
      cases.push([
        `${method}(${String(ids)})`,
        (backend) => backend[method](scope, ids as string[]),
        'TypeError',
      ])
    }
  }
  for (const text of [undefined, null, 5, ['x']]) {
    cases.push([
      `keywordSearch(${text})`,
      (backend) => backend.keywordSearch(text as unknown as string, scope),
      'TypeError',
    ])
  }
  for (const method of ['vectorSearch', 'searchEpisodes', 'explainSearch'] as const) {
    for (const [query, code] of [
      [undefined, 'TypeError'],
      [null, 'INVALID_EMBEDDING'],
      ['x', 'INVALID_EMBEDDING'],
      [[], 'INVALID_EMBEDDING'],
      [[1, Number.NaN], 'INVALID_EMBEDDING'],
      [[1, 1e39], 'INVALID_EMBEDDING'],
      [['1', '2'], 'INVALID_EMBEDDING'],
      [new Float64Array(2), 'INVALID_EMBEDDING'],
      [[1], 'DIMENSION_MISMATCH'],
      [new Float32Array(3), 'DIMENSION_MISMATCH'],
    ] as const) {
      const call = (backend: MemoryBackend) => backend[method](query as unknown as number[], scope)
      cases.push([`${method}(${String(query)})`, call, code])
    }
  }
  for (const [entry, error] of [
    [undefined, 'TypeError'],
    [{ id: 'n' }, 'TypeError'],
    [{ clusterId: 1 }, 'TypeError'],
    [{ id: 'n', clusterId: '1' }, 'TypeError'],
    [{ id: 'n', clusterId: null }, 'TypeError'],
    [{ id: 'n', clusterId: 1, label: null }, 'TypeError'],
    [{ id: 'n', clusterId: 1, confidence: '1' }, 'TypeError'],
    [{ id: 'n', clusterId: 1, tenantId: 't' }, 'TypeError'],
    [{ id: 'n', clusterId: 2 ** 31 }, 'RangeError'],
    [{ id: 'n', clusterId: 1, confidence: 1.5 }, 'RangeError'],
    [{ id: 'n', clusterId: 1, confidence: -0.1 }, 'RangeError'],
  ] as const) {
    const call = (backend: Untyped) => backend.assignClusters?.(scope, [{ id: 'm', clusterId: 1 }, entry])
    cases.push([`assignClusters(${JSON.stringify(entry)})`, call, error])
  }
  for (const entries of [undefined, null, { id: 'n', clusterId: 1 }, 'n']) {
    const call = (backend: Untyped) => backend.assignClusters?.(scope, entries)
    cases.push([`assignClusters of ${JSON.stringify(entries)}`, call, 'TypeError'])
  }
  for (const method of ['insertNodes', 'insertEpisodes'] as const) {
    for (const records of [undefined, null, 'x', node, new Set([node])]) {
      cases.push([
        `${method}(${String(records)})`,
        (backend) => untyped(backend)[method]?.(records),
        'TypeError',
      ])
    }
    for (const record of [undefined, null, 'x', [], 5]) {
      cases.push([
        `${method}([${record}])`,
        (backend) => untyped(backend)[method]?.([record]),
        'INVALID_NODE',
      ])
    }
  }
  for (const patch of [
    undefined,
    null,
    'x',
    [],
    { id: 'x' },
    { tenantId: null },
    { user_id: 'u' },
    { tags: 5 },
  ]) {
    const call = (backend: Untyped) => backend.updateNode?.(scope, 'n', patch)
    cases.push([`updateNode of ${JSON.stringify(patch)}`, call, 'INVALID_NODE'])
  }
  cases.push(
    ['a short patch vector', (b) => b.updateNode(scope, 'n', { embedding: [1] }), 'DIMENSION_MISMATCH'],
    [
      'a bad patch vector',
      (b) => b.updateNode(scope, 'n', { embedding: [1, Number.NaN] }),
      'INVALID_EMBEDDING',
    ],
    ['a short node vector', (b) => b.insertNode({ ...node, embedding: [1] }), 'DIMENSION_MISMATCH'],
  )

  it.each(cases)('%s', async (_, call, expected) => {
    const backend = new FakeBackend()
    const pending = call(backend as unknown as MemoryBackend & Untyped)
    expect(await codeOf(() => pending)).toBe(expected)
    expect(backend.calls).toEqual([])
  })
})
