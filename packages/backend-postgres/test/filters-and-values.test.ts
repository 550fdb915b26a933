import { matchesFilter, type NodeFilter, readNode, timestampMicros } from '@holdfast/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromStoredText, toStoredText } from '../src/records/stored-text.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const seed = Number(process.env.HOLDFAST_TEST_SEED ?? 20_260_101)
const awkward = [
  '',
  'a',
  'A',
  'a ',
  '\0',
  '\0a',
  '\ud800',
  '\udc00',
  '\ufffd',
  '\u0001',
  '\u0001"a"',
  '"',
  '\\',
  '{a,b}',
]
const text = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'binary', maxLength: 4 }))

describe('text for columns', () => {
  it(`is different for different texts and comes back (seed ${seed})`, () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(fromStoredText(toStoredText(a))).toBe(a)
        expect(toStoredText(a) === toStoredText(b)).toBe(a === b)
        expect(toStoredText(a)).not.toContain('\0')
        expect(toStoredText(a).isWellFormed()).toBe(true)
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe.each(databaseKinds)('filters and values on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  const times = [
    '0001-01-01',
    '0001-06-01T00:00:00',
    '2024-02-29T23:59:59.999999',
    '2024-03-01',
    '9999-12-31T23:59:59.999999Z',
  ]
  const word = fc.constantFrom(...awkward)
  const node = fc.record({
    humanContent: text,
    assistantContent: text,
    conversationId: word,
    source: word,
    userId: fc.constantFrom('', 'u', 'v'),
    createdAt: fc.constantFrom(...times),
    hasCode: fc.boolean(),
    hasError: fc.boolean(),
    clusterId: fc.constantFrom(null, -1, 0, 7, -(2 ** 31), 2 ** 31 - 1),
    tags: fc.dictionary(fc.constantFrom('topics', 'mine'), fc.array(word, { maxLength: 2 })),
  })
  const many = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 6 })
  const conditions = {
    ids: many(fc.constantFrom('n0', 'n1', 'n2', 'n5', 'N1', '\0', '\ud800', '\u0001x')),
    userId: many(fc.constantFrom('u', 'v', '', '\0')),
    conversationId: many(word),
    source: many(word),
    tags: many(word),
    clusterId: many(fc.constantFrom(-1, 0, 7, 2 ** 31 - 1, 2 ** 40)),
    hasCode: fc.boolean(),
    hasError: fc.boolean(),
    createdAfter: fc.constantFrom(...times),
    createdBefore: fc.constantFrom(...times),
  }
  const names = Object.keys(conditions) as (keyof typeof conditions)[]
  const filter = fc
    .subarray(names, { maxLength: 2 })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, conditions[name]]))))

  it(`gives what matchesFilter gives, in reads and in searches (seed ${seed})`, () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      let tenants = 0
      let kept = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(node, { minLength: 1, maxLength: 12 }),
          many(filter),
          async (nodes, filters) => {
            const scope = { tenantId: `t${tenants++}` }
            const embedding = [1, 0]
            await backend.insertNodes(
              nodes.map((item, index) => ({ ...item, ...scope, id: `n${index}`, embedding })),
            )
            const stored = await backend.getNodes(scope)
            expect(stored.map(({ id, humanContent }) => [id, humanContent])).toEqual(
              nodes.map(({ humanContent }, index) => [`n${index}`, humanContent]),
            )
            for (const wanted of filters as readonly NodeFilter[]) {
              const micros = (time: unknown) => timestampMicros(String(time)) ?? Number.NaN
              const resolved = {
                ...wanted,
                ...(wanted.createdAfter === undefined ? {} : { createdAfter: micros(wanted.createdAfter) }),
                ...(wanted.createdBefore === undefined
                  ? {}
                  : { createdBefore: micros(wanted.createdBefore) }),
              } as Parameters<typeof matchesFilter>[1]
              const expected = stored.filter((item) => matchesFilter(item, resolved)).map(({ id }) => id)
              kept += expected.length
              const found = await backend.getNodes(scope, { filter: wanted })
              expect(found.map(({ id }) => id)).toEqual(expected)
              expect(await backend.countNodes(scope, { filter: wanted })).toBe(expected.length)
              const hits = await backend.vectorSearch(embedding, scope, { topK: 100, filter: wanted })
              expect(hits.map(({ node: { id } }) => id)).toEqual(expected)
            }
          },
        ),
        { seed, numRuns: 40 },
      )
      expect(kept).toBeGreaterThan(100)
    }))

  it('stores the text it is given, and gives it out again byte for byte', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      const record =
        '{\n    "id": "x",\n    "human_content": "\\u0000 \\ud800 1.0",\n    "assistant_content": "",\n    "tenant_id": "t",\n    "weight": 1.0,\n    "last": 1e-07\n  }'
      const owner = { tenantId: 't', userId: null }
      await backend.admin.importBatch({
        kind: 'nodes',
        records: [{ id: 'x', owner, text: record, embedding: undefined, clusterId: 3 }],
      })
      const exported = []
      for await (const batch of backend.admin.exportAll()) exported.push(...batch.records)
      expect(exported).toEqual([{ id: 'x', owner, text: record, embedding: undefined, clusterId: 3 }])
      expect((await backend.getNode({ tenantId: 't' }, 'x'))?.humanContent).toBe('\0 \ud800 1.0')
      await backend.assignClusters({ tenantId: 't' }, [{ id: 'x', clusterId: 4, label: 'l\0' }])
      const changed = await backend.getNode({ tenantId: 't' }, 'x')
      expect([changed?.clusterId, changed?.clusterLabel]).toEqual([4, 'l\0'])
      for await (const { records } of backend.admin.exportAll()) {
        expect(records.map(({ text: now, clusterId }) => [readNode(now).clusterLabel, clusterId])).toEqual([
          ['l\0', 4],
        ])
      }
    }))

  const extremes = [
    [3e38, -3e38, 3e38],
    [1e38, 1, 0],
    [1e-45, 0, 3e-45],
    [1e-30, 2e-30, -1e-30],
    [1e20, 1e-20, 1],
    [1, 2, 3],
    [-0, 1, 0],
  ]

  it('keeps the bits of vectors whose squares do not fit float32, and scores them as float64 does', () =>
    withStore(database, { dimensions: 3 }, async (backend) => {
      const scope = { tenantId: 't' }
      const texts = { humanContent: 'q', assistantContent: 'a', ...scope }
      await backend.insertNodes(
        extremes.map((embedding, index) => ({ ...texts, id: `n${index}`, embedding })),
      )
      const { data } = await backend.getEmbeddings(scope)
      expect(Buffer.from(data.buffer)).toEqual(Buffer.from(Float32Array.from(extremes.flat()).buffer))
      for (const query of extremes) {
        const [q, ...rest] = [query, ...extremes].map((vector) => Array.from(Float32Array.from(vector)))
        const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
          a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
        const cosine = (v: readonly number[]) => dot(q, v) / Math.sqrt(dot(q, q)) / Math.sqrt(dot(v, v))
        const found = await backend.vectorSearch(query, scope, { topK: 99, minScore: -1 })
        expect(found).toHaveLength(extremes.length)
        for (const { node: hit, score } of found) {
          const expected = cosine(rest[Number(hit.id.slice(1))] ?? [])
          expect(Math.abs(score - expected)).toBeLessThan(1e-9)
          expect(Math.abs(score)).toBeLessThanOrEqual(1)
        }
      }
    }))

  it('decides the last places by float64 where float32 sums go astray', () =>
    withStore(database, { dimensions: 4000 }, async (backend) => {
      const scope = { userId: 'u' }
      const base = Float32Array.from({ length: 4000 }, (_, index) => 0.1 + (index % 7) * 1e-3)
      const near = (index: number) => base.map((value, at) => (at === index ? value + 0.05 : value))
      await backend.insertNodes(
        Array.from({ length: 30 }, (_, index) => ({
          ...{
            id: `n${index}`,
            humanContent: '',
            assistantContent: '',
            ...scope,
            embedding: near(index * 100),
          },
        })),
      )
      const found = await backend.vectorSearch(base, scope, { topK: 30 })
      const length = (v: Float32Array) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
      for (const { node: hit, score } of found) {
        const vector = near(Number(hit.id.slice(1)) * 100)
        const dot = vector.reduce((sum, value, at) => sum + value * (base[at] ?? 0), 0)
        expect(Math.abs(score - dot / (length(vector) * length(base)))).toBeLessThan(1e-12)
      }
      const scores = found.map(({ score }) => score)
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
      expect(found).toHaveLength(30)
    }))
})
