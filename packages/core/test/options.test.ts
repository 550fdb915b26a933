import { describe, expect, it } from 'vitest'
import { codeOf } from './support/catching.js'
import { adminCalls, all, node, ownedCalls, scopedCalls } from './support/every-call.js'
import { allCapabilities, FakeBackend } from './support/fake-backend.js'

const scope = { tenantId: 't' }

const withOptions = Object.entries({ ...scopedCalls, ...ownedCalls, ...adminCalls }).filter(
  ([name]) => name !== 'setEmbeddingModel',
)

describe.each(withOptions)('%s', (name, call) => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['a string', 'x'],
    ['a list', []],
    ['a class instance', new (class Options {})()],
    ['an unknown option', { limits: 5 }],
    ['a misspelt option', { top_k: 5 }],
    ['a scope among the options', { tenantId: 't' }],
    ['a signal that is none', { signal: { aborted: false } }],
    ['null for a signal', { signal: null }],
    ['a controller for a signal', { signal: new AbortController() }],
  ])('rejects %s as options, never throws at once, and reaches nothing', async (_, options) => {
    const backend = new FakeBackend()
    const pending = call(backend, scope, options as object)
    expect(await codeOf(() => pending)).toBe('TypeError')
    expect(backend.calls).toEqual([])
  })

  it('takes undefined for no options', async () => {
    expect(await codeOf(() => call(new FakeBackend(), scope, undefined))).toBe('nothing')
  })

  it('knows that its name stands in a table', () => {
    expect(name in { ...scopedCalls, ...ownedCalls, ...adminCalls }).toBe(true)
  })
})

const paging = ['limit', 'offset'] as const
const notIntegers: readonly unknown[] = ['1', null, true, 1.5, Number.NaN, Number.POSITIVE_INFINITY, [], 1n]

describe('numbers', () => {
  const cases: [string, string, readonly unknown[], readonly unknown[]][] = []
  for (const option of paging) {
    cases.push(['getNodes', option, notIntegers, [-1, 2 ** 53]], ['getEpisodes', option, notIntegers, [-1]])
  }
  for (const search of ['vectorSearch', 'keywordSearch', 'searchEpisodes', 'explainSearch']) {
    cases.push([search, 'topK', notIntegers, [-1]])
    if (search !== 'keywordSearch') {
      cases.push([search, 'exact', ['true', null, 1], []])
      cases.push([search, 'minScore', ['0', null, Number.NaN, Number.NEGATIVE_INFINITY, true], []])
    }
  }
  for (const scan of ['scanNodes', 'scanEpisodes', 'exportAll']) {
    cases.push([scan, 'batchSize', notIntegers, [-1, 0, 10_001]], [scan, 'after', [5, null, '', 'x', {}], []])
    if (scan !== 'exportAll') cases.push([scan, 'withEmbeddings', [1, null, 'true'], []])
  }
  cases.push(['fingerprint', 'ownedOnly', [1, null, 'true'], []])
  for (const insert of ['insertNodes', 'insertEpisodes', 'importBatch', 'importAll']) {
    cases.push([insert, 'onConflict', [null, 'update', 'ERROR', 5, ['error'], 'toString'], []])
  }

  it.each(cases)('%s refuses a bad %s', async (name, option, types, ranges) => {
    const call = { ...scopedCalls, ...ownedCalls, ...adminCalls }[name]
    if (call === undefined) throw new Error(`no call ${name}`)
    for (const [values, error] of [
      [types, 'TypeError'],
      [ranges, 'RangeError'],
    ] as const) {
      for (const value of values) {
        const backend = new FakeBackend()
        expect(await codeOf(() => call(backend, scope, { [option]: value }))).toBe(error)
        expect(backend.calls).toEqual([])
      }
    }
  })

  it('get their defaults', async () => {
    const backend = new FakeBackend()
    await backend.getNodes(scope)
    await backend.vectorSearch([1, 0], scope, { topK: undefined, minScore: undefined } as object)
    await all(backend.scanNodes(scope))
    await backend.insertNodes([node])
    expect(backend.calls.map(({ args }) => args.slice(1, -1).at(-1))).toEqual([
      { limit: Number.POSITIVE_INFINITY, offset: 0, filter: undefined },
      { topK: 10, minScore: 0, exact: false, filter: undefined },
      { batchSize: 256, after: 0, withEmbeddings: false, filter: undefined },
      'error',
    ])
  })

  it('come through with every option beside them', async () => {
    const backend = new FakeBackend()
    const { signal } = new AbortController()
    const filter = { source: 'x' }
    const resolved = { source: ['x'] }
    await backend.getNodes(scope, { limit: 3, offset: 2, filter, signal })
    await backend.getEpisodes(scope, { limit: 3, offset: 2, signal })
    await all(backend.scanNodes(scope, { batchSize: 1, after: 'MTo1', withEmbeddings: true, filter, signal }))
    await all(backend.scanEpisodes(scope, { batchSize: 10_000, after: 'MTo1', withEmbeddings: true, signal }))
    await backend.vectorSearch([1, 0], scope, { topK: 3, minScore: -2, exact: true, filter, signal })
    await backend.keywordSearch('x', scope, { topK: 3, filter, signal })
    await backend.searchEpisodes([1, 0], scope, { topK: 3, minScore: 0.5, signal })
    expect(backend.calls.map(({ args }) => args.slice(1, -1).at(-1))).toEqual([
      { limit: 3, offset: 2, filter: resolved },
      { limit: 3, offset: 2, filter: undefined },
      { batchSize: 1, after: 5, withEmbeddings: true, filter: resolved },
      { batchSize: 10_000, after: 5, withEmbeddings: true, filter: undefined },
      { topK: 3, minScore: -2, exact: true, filter: resolved },
      { topK: 3, minScore: 0, exact: false, filter: resolved },
      { topK: 3, minScore: 0.5, exact: false, filter: undefined },
    ])
    for (const { args } of backend.calls) expect(args.at(-1)).toEqual({ signal })
  })

  it.each(['limit', 'offset', 'topK', 'minScore', 'exact', 'batchSize', 'after', 'withEmbeddings'])(
    'that are wrong are named in the error: %s',
    async (name) => {
      const backend = new FakeBackend()
      const wrong = { [name]: {} } as object
      const call = ['limit', 'offset'].includes(name)
        ? () => backend.getNodes(scope, wrong)
        : ['topK', 'minScore', 'exact'].includes(name)
          ? () => backend.vectorSearch([1, 0], scope, wrong)
          : () => all(backend.scanNodes(scope, wrong))
      await expect(call()).rejects.toThrow(new RegExp(`^${name} must be`))
    },
  )

  it('of nothing ask nothing of the backend', async () => {
    const backend = new FakeBackend()
    expect(await backend.getNodes(scope, { limit: 0 })).toEqual([])
    expect(await backend.getEpisodes(scope, { limit: 0 })).toEqual([])
    expect(await backend.vectorSearch([1, 0], scope, { topK: 0 })).toEqual([])
    expect(await backend.vectorSearch([0, 0], scope)).toEqual([])
    expect(await backend.searchEpisodes([0, 1e-50], scope)).toEqual([])
    expect(await backend.keywordSearch('x', scope, { topK: 0 })).toEqual([])
    expect(await backend.deleteNodes(scope, [])).toBe(0)
    expect(await backend.deleteEpisodes(scope, [])).toBe(0)
    expect(await backend.assignClusters(scope, [])).toBe(0)
    await backend.recordAccess(scope, [])
    expect(await backend.insertNodes([])).toEqual({ inserted: 0, replaced: 0, ignored: 0 })
    expect(await backend.insertEpisodes([])).toEqual({ inserted: 0, replaced: 0, ignored: 0 })
    expect(backend.calls).toEqual([])
  })
})

describe('what core hands on', () => {
  it('are ids without repetition and the last entry of a node', async () => {
    const backend = new FakeBackend()
    await backend.deleteNodes(scope, ['a', 'b', 'a'])
    await backend.deleteEpisodes(scope, ['a', 'a'])
    await backend.recordAccess(scope, ['a', 'b', 'a'])
    await backend.assignClusters(scope, [
      { id: 'a', clusterId: 1, label: 'x', confidence: 1 },
      { id: 'b', clusterId: -1 },
      { id: 'a', clusterId: 2 },
    ])
    expect(backend.calls.map(({ args }) => args[1])).toEqual([
      ['a', 'b'],
      ['a'],
      ['a', 'b'],
      [
        { id: 'a', clusterId: 2 },
        { id: 'b', clusterId: -1 },
      ],
    ])
  })

  it('is a copy of the query and of the ids', async () => {
    const backend = new FakeBackend()
    const [query, ids] = [new Float32Array([1, 0]), ['a']]
    await backend.vectorSearch(query, scope)
    await backend.deleteNodes(scope, ids)
    query.fill(9)
    ids.push('b')
    expect(backend.calls.map(({ args }) => args[1])).toEqual([new Float32Array([1, 0]), ['a']])
  })
})

describe('a capability that is false', () => {
  it.each([
    ['keywordSearch', ['keywordSearch']],
    ['update', ['updateNode', 'recordAccess', 'assignClusters']],
    ['delete', ['deleteNodes', 'deleteEpisodes', 'deleteScope']],
    ['maintenance', ['verify', 'stats', 'compact']],
    ['approximateSearch', ['maintain']],
  ] as const)('%s rejects with NOT_SUPPORTED and reaches nothing', async (capability, names) => {
    const everyCall = { ...scopedCalls, ...ownedCalls, ...adminCalls }
    for (const [name, call] of Object.entries(everyCall)) {
      const backend = new FakeBackend({ capabilities: { ...allCapabilities, [capability]: false } })
      const refused = (names as readonly string[]).includes(name)
      expect([name, await codeOf(() => call(backend, scope))]).toEqual([
        name,
        refused ? 'NOT_SUPPORTED' : 'nothing',
      ])
      if (refused) expect(backend.calls).toEqual([])
      if (refused) expect(await codeOf(() => call(backend, {}))).toBe('NOT_SUPPORTED')
    }
  })
})
