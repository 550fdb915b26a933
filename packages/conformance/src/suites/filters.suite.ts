import { type MemoryBackend, matchesFilter, type NodeFilter } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { expectMistake } from '../expect-rejection.js'
import { generatedFilter, generatedNodes } from '../generated-filters.js'
import { acme, axis, idsOf, sampleNode } from '../sample-records.js'
import { seededRandom } from '../seeded-random.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

const seed = 20240301

/** Filters narrow a scope, in every read that takes one, and mean what core says they mean. */
export function filtersSuite(harness: BackendHarness): void {
  describe('filters', () => {
    it(`agree with core on generated nodes and filters (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const random = seededRandom(seed)
        await backend.insertNodes(generatedNodes(random, 60))
        const all = await backend.getNodes(acme)
        expect(all).toHaveLength(60)
        let matches = 0
        for (let round = 0; round < 60; round++) {
          const { filter, resolved } = generatedFilter(random)
          const expected = idsOf(all.filter((node) => matchesFilter(node, resolved)))
          matches += expected.length
          const what = `round ${round} ${JSON.stringify(filter)}`
          expect(idsOf(await backend.getNodes(acme, { filter })), what).toEqual(expected)
          if (round % 3 === 0) await expectEverywhere(backend, filter, expected, what)
        }
        // The control: the filters neither all match everything nor nothing.
        expect(matches).toBeGreaterThan(60)
        expect(matches).toBeLessThan(60 * 30)
      }))

    it('mean the same in every read', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const cases: readonly (readonly [NodeFilter, readonly string[]])[] = [
          [{}, ['a', 'b', 'c', 'd']],
          [{ ids: 'a' }, ['a']],
          [{ ids: ['d', 'a', 'x', 'a'] }, ['a', 'd']],
          [{ userId: 'kim' }, ['a', 'b']],
          [{ userId: ['kim', 'lee'] }, ['a', 'b', 'c']],
          [{ conversationId: 'c1' }, ['a', 'c']],
          [{ source: ['web', 'none'] }, ['b', 'd']],
          [{ clusterId: -1 }, ['a']],
          [{ clusterId: [0, 7] }, ['b', 'c']],
          [{ tags: 'sql' }, ['a', 'd']],
          [{ tags: ['x', 'sql', 'js'] }, ['a', 'b', 'd']],
          [{ hasCode: true }, ['c', 'd']],
          [{ hasCode: false, hasError: true }, ['b']],
          [{ createdAfter: '2024-01-02T00:00:00' }, ['c', 'd']],
          [{ createdAfter: new Date('2024-01-02T00:00:00Z'), createdBefore: '2024-01-04T00:00:00Z' }, ['c']],
          [{ createdBefore: '2024-01-02T01:00:00+01:00' }, ['a']],
          [{ source: 'web', userId: 'kim', tags: ['js'] }, ['b']],
          [{ source: 'web', userId: 'lee' }, []],
        ]
        for (const [filter, expected] of cases) {
          await expectEverywhere(backend, filter, expected, JSON.stringify(filter))
        }
      }))

    it('match nothing when a list is empty', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const name of ['ids', 'userId', 'conversationId', 'source', 'clusterId', 'tags']) {
          await expectEverywhere(backend, { [name]: [] }, [], name)
          await expectEverywhere(backend, { [name]: [], hasCode: true }, [], `${name} and another`)
        }
      }))

    it('take a list of thousands', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const ids = Array.from({ length: 5_000 }, (_, index) => `x${index}`)
        await expectEverywhere(backend, { ids: [...ids, 'c', ...ids] }, ['c'], 'ids')
      }))

    it('never widen the scope', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        await backend.insertNodes([
          sampleNode('other', { tenantId: 'other', userId: 'kim', source: 'web', embedding: axis(0) }),
          sampleNode('alone', { tenantId: null, userId: 'kim', source: 'web', embedding: axis(0) }),
        ])
        await expectEverywhere(backend, { ids: ['other', 'alone'] }, [], 'ids')
        await expectEverywhere(backend, { userId: 'kim' }, ['a', 'b'], 'userId')
        await expectEverywhere(backend, { source: ["web' OR '1'='1", '%', 'web'] }, ['b', 'd'], 'source')
        const asUser = await backend.getNodes({ userId: 'lee' }, { filter: { userId: ['kim', 'lee'] } })
        expect(idsOf(asUser)).toEqual(['c'])
        expect(await backend.getNodes({}, { filter: { userId: 'kim' } })).toEqual([])
        const nobody = await backend.getNodes({ tenantId: 'nobody' }, { filter: { ids: ['a'] } })
        expect(nobody).toEqual([])
      }))

    it('refuse unknown fields, operators and absent values', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const wrong: readonly unknown[] = [
          null,
          [],
          'a',
          { tenantId: 'other' },
          { tenant_id: 'other' },
          { user_id: 'kim' },
          { id: 'a' },
          { $or: [{ source: 'web' }] },
          { __proto__: null, constructor: 'x' },
          { source: { $ne: 'x' } },
          { source: undefined },
          { source: null },
          { source: 1 },
          { source: ['web', null] },
          { source: ['web', ['x']] },
          { ids: [1] },
          { clusterId: '1' },
          { clusterId: 0.5 },
          { clusterId: [Number.NaN] },
          { hasCode: 'true' },
          { hasCode: [true] },
          { hasError: undefined },
          { createdAfter: 'soon' },
          { createdAfter: 1704067200 },
          { createdBefore: new Date(Number.NaN) },
          { createdBefore: { $gt: '2024-01-01' } },
        ]
        for (const filter of wrong) {
          const options = untyped({ filter })
          const what = String(filter && Object.keys(filter))
          await expectMistake(TypeError, () => backend.getNodes(acme, options), what)
          await expectMistake(TypeError, () => backend.countNodes(acme, options), what)
          await expectMistake(TypeError, () => backend.scanNodes(acme, options).next(), what)
          await expectMistake(TypeError, () => backend.vectorSearch(axis(0), acme, options), what)
          await expectMistake(TypeError, () => backend.explainSearch(axis(0), acme, options), what)
        }
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  const node = (id: string, day: number, changes: Parameters<typeof sampleNode>[1]) =>
    sampleNode(id, { createdAt: `2024-01-0${day}T00:00:00`, embedding: axis(0), ...changes })
  await backend.insertNodes([
    node('a', 1, { userId: 'kim', conversationId: 'c1', clusterId: -1, tags: { topics: ['sql'] } }),
    node('b', 2, { userId: 'kim', source: 'web', clusterId: 0, tags: { mine: ['js'] }, hasError: true }),
    node('c', 3, { userId: 'lee', conversationId: 'c1', clusterId: 7, hasCode: true }),
    node('d', 4, {
      source: 'web',
      tags: { domains: ['sql'], topics: ['sql'] },
      hasCode: true,
      hasError: true,
    }),
  ])
}

async function expectEverywhere(
  backend: MemoryBackend,
  filter: NodeFilter,
  expected: readonly string[],
  what: string,
): Promise<void> {
  expect(idsOf(await backend.getNodes(acme, { filter })), `getNodes ${what}`).toEqual(expected)
  expect(await backend.countNodes(acme, { filter }), `countNodes ${what}`).toBe(expected.length)
  const scanned = await drainNodes(backend.scanNodes(acme, { filter, batchSize: 2 }))
  expect(idsOf(scanned), `scanNodes ${what}`).toEqual(expected)
  const found = await backend.vectorSearch(axis(0), acme, { filter, topK: 1_000, minScore: -1 })
  expect(found.map(({ node }) => node.id).sort(), `vectorSearch ${what}`).toEqual([...expected].sort())
  if (!backend.capabilities.keywordSearch) return
  const said = await backend.keywordSearch('question', acme, { filter, topK: 1_000 })
  expect(said.map(({ node }) => node.id).sort(), `keywordSearch ${what}`).toEqual([...expected].sort())
}
