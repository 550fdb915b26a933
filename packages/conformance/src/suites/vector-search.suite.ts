import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { type Ranked, rank, scoreTolerance, smallestGap } from '../cosine-oracle.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { insertVectors, known, search } from '../search-sample.js'
import { seededRandom } from '../seeded-random.js'
import { withBackend } from '../with-backend.js'

/** The exact ranking, its ties and its limits. */
export function vectorSearchSuite(harness: BackendHarness): void {
  describe('vector search', () => {
    for (const [dimensions, seed, count] of [
      [3, 13, 40],
      [8, 18, 120],
      [1024, 1024, 30],
    ] as const) {
      it(`ranks ${count} vectors of ${dimensions} dimensions as float64 does (seed ${seed})`, () =>
        withBackend(
          harness,
          async (backend) => {
            const random = seededRandom(seed)
            const vectors = Array.from({ length: count }, (_, index) =>
              known(index, random.vector(dimensions)),
            )
            // Every fifth vector stands a second time, so that there are ties.
            const all = [
              ...vectors,
              ...vectors.filter((_, i) => i % 5 === 0).map((v, i) => known(count + i, v.vector)),
            ]
            await insertVectors(backend, all)
            const query = random.vector(dimensions)
            const expected = rank(query, all, { topK: all.length, minScore: -1 })
            expect(smallestGap(expected), 'the sample is fit for this test').toBeGreaterThan(4e-5)
            expect(new Set(expected.map(({ score }) => score)).size, 'there are ties').toBeLessThan(
              all.length,
            )
            for (const topK of [
              1,
              2,
              10,
              all.length - 1,
              all.length,
              all.length + 1,
              Number.MAX_SAFE_INTEGER,
            ]) {
              const found = await search(backend, query, { topK, minScore: -1 })
              expectRanking(found, expected.slice(0, topK))
            }
          },
          { dimensions },
        ))
    }

    it('knows two directions only in a store of 1 dimension', () =>
      withBackend(
        harness,
        async (backend) => {
          // Powers of two, whose cosine is exact in float32 too.
          const vectors = [2, -1, 0.5, 64, -0.25].map((value, index) => known(index, [value]))
          await insertVectors(backend, vectors)
          expect(await search(backend, Float32Array.of(4), { minScore: -1 })).toEqual(
            rank([4], vectors, { minScore: -1 }),
          )
          expect((await search(backend, Float32Array.of(-4))).map(({ id }) => id)).toEqual(['v1', 'v4'])
        },
        { dimensions: 1 },
      ))

    it('finds 10 at most when nothing else is said, and none for topK 0', () =>
      withBackend(harness, async (backend) => {
        await insertVectors(
          backend,
          Array.from({ length: 15 }, (_, index) => known(index, axis(0))),
        )
        const ids = Array.from({ length: 10 }, (_, index) => `v${index}`)
        expect((await search(backend, axis(0))).map(({ id }) => id)).toEqual(ids)
        expect(await backend.vectorSearch(axis(0), acme, { topK: 0 })).toEqual([])
      }))

    it('breaks ties by insertion order, over several inserts and after a replacement', () =>
      withBackend(harness, async (backend) => {
        const ids = ['m', 'z', 'a', 'k', 'b', 'y']
        for (const id of ids) await backend.insertNode(sampleNode(id, { embedding: axis(1) }))
        await backend.insertNodes([sampleNode('a', { embedding: axis(1) })], { onConflict: 'replace' })
        for (const topK of [1, 3, 6]) {
          const found = await backend.vectorSearch(axis(1), acme, { topK })
          expect(found.map(({ node }) => node.id)).toEqual(ids.slice(0, topK))
        }
      }))

    it('scores the nodes of the scope only, however near the others are', () =>
      withBackend(harness, async (backend) => {
        const near = Array.from({ length: 40 }, (_, index) =>
          sampleNode(`near${index}`, { tenantId: 'acme2', embedding: axis(0) }),
        )
        await backend.insertNodes(near)
        const far = [
          known(0, [1, 9, 0, 0, 0, 0, 0, 0]),
          known(1, [1, 8, 0, 0, 0, 0, 0, 0]),
          known(2, axis(1)),
        ]
        await insertVectors(backend, far)
        for (const topK of [1, 2, 3, 10]) {
          expectRanking(await search(backend, axis(0), { topK }), rank(axis(0), far, { topK }))
        }
      }))

    it('filters before it takes the best', () =>
      withBackend(harness, async (backend) => {
        const nodes = Array.from({ length: 40 }, (_, index) =>
          sampleNode(`v${index}`, { source: index < 30 ? 'left out' : 'kept', embedding: slanted(index) }),
        )
        await backend.insertNodes(nodes)
        const found = await backend.vectorSearch(axis(0), acme, { topK: 3, filter: { source: 'kept' } })
        expect(found.map(({ node }) => node.id)).toEqual(['v30', 'v31', 'v32'])
        const control = await backend.vectorSearch(axis(0), acme, { topK: 3 })
        expect(control.map(({ node }) => node.id)).toEqual(['v0', 'v1', 'v2'])
      }))
  })
}

/** Farther from the first axis with every step. */
function slanted(step: number): number[] {
  return [10, step, 0, 0, 0, 0, 0, 0]
}

function expectRanking(found: readonly Ranked[], expected: readonly Ranked[]): void {
  expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
  for (const [index, { id, score }] of found.entries()) {
    const difference = Math.abs(score - (expected[index]?.score ?? Number.NaN))
    expect(difference, `score of ${id}`).toBeLessThanOrEqual(scoreTolerance)
    expect(Math.abs(score)).toBeLessThanOrEqual(1)
  }
}
