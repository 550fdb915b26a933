import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** What `explainSearch` says is true of the search. */
export function explainSearchSuite(harness: BackendHarness): void {
  describe('explain search', () => {
    it('counts the nodes of the scope and the vectors that are compared', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(12, 'with', { embedding: axis(0), source: 'web' }))
        await backend.insertNodes(sampleNodes(5, 'without'))
        await backend.insertNodes(
          sampleNodes(30, 'x', { tenantId: 'other', embedding: axis(0), source: 'web' }),
        )
        const cases = [
          [acme, {}, 17, 12],
          [acme, { topK: 1 }, 17, 12],
          [acme, { minScore: 0.5 }, 17, 12],
          [acme, { filter: { source: 'web' } }, 17, 12],
          [acme, { filter: { ids: ['with0', 'with1', 'without0', 'x3'] } }, 17, 2],
          [acme, { filter: { source: 'nowhere' } }, 17, 0],
          [acme, { topK: 0 }, 17, 0],
          [{ tenantId: 'other' }, {}, 30, 30],
          [{ tenantId: 'nobody' }, {}, 0, 0],
        ] as const
        for (const [scope, options, rowsInScope, vectors] of cases) {
          const plan = await backend.explainSearch(axis(0), scope, options)
          const what = JSON.stringify([scope, options, plan])
          expect(Object.keys(plan).sort(), what).toEqual(['exact', 'rowsInScope', 'rowsScored', 'strategy'])
          expect(plan.rowsInScope, what).toBe(rowsInScope)
          // Only an approximate search may leave vectors out, and it says so.
          if (plan.exact) expect(plan.rowsScored, what).toBe(vectors)
          else expect(plan.rowsScored, what).toBeLessThanOrEqual(vectors)
          if (plan.strategy === 'exact') expect(plan.exact, what).toBe(true)
          else expect(plan.strategy, what).toBe('hnsw')
          if (!harness.capabilities.approximateSearch) expect(plan.exact, what).toBe(true)
        }
      }))

    it('is of an exact search when one is asked for', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(12, 'n', { embedding: axis(0) }))
        expect(await backend.explainSearch(axis(0), acme, { exact: true })).toEqual({
          strategy: 'exact',
          rowsInScope: 12,
          rowsScored: 12,
          exact: true,
        })
        const found = await backend.vectorSearch(axis(0), acme, { exact: true, topK: 5 })
        expect(found.map(({ node }) => node.id)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
      }))

    it('compares nothing with a query without direction', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a', { embedding: axis(0) }))
        expect(await backend.explainSearch(new Float32Array(8), acme)).toEqual({
          strategy: 'exact',
          rowsInScope: 1,
          rowsScored: 0,
          exact: true,
        })
      }))
  })
}
