import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { insertVectors, known, search } from '../search-sample.js'
import { withBackend } from '../with-backend.js'

/** Which vectors a search may find at all. */
export function vectorMatchesSuite(harness: BackendHarness): void {
  describe('vector matches', () => {
    it('takes minScore as inclusive, 0 unless told', () =>
      withBackend(harness, async (backend) => {
        await insertVectors(backend, [
          known(0, axis(0, 8, -1)),
          known(1, axis(1)),
          known(2, axis(0)),
          known(3, [3, 4, 0, 0, 0, 0, 0, 0]),
          known(4, [-3, 4, 0, 0, 0, 0, 0, 0]),
        ])
        const ids = async (minScore?: number) =>
          (await search(backend, axis(0), minScore === undefined ? {} : { minScore })).map(({ id }) => id)
        expect(await ids()).toEqual(['v2', 'v3', 'v1'])
        expect(await ids(0)).toEqual(['v2', 'v3', 'v1'])
        expect(await ids(1)).toEqual(['v2'])
        expect(await ids(0.5999)).toEqual(['v2', 'v3'])
        expect(await ids(0.6001)).toEqual(['v2'])
        expect(await ids(-0.5)).toEqual(['v2', 'v3', 'v1'])
        expect(await ids(-0.7)).toEqual(['v2', 'v3', 'v1', 'v4'])
        expect(await ids(-1)).toEqual(['v2', 'v3', 'v1', 'v4', 'v0'])
        expect(await ids(1.5)).toEqual([])
        expect(await ids(-7)).toEqual(['v2', 'v3', 'v1', 'v4', 'v0'])
      }))

    it('lists nodes without a vector and with a vector of zeros, but never finds them', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([
          sampleNode('none'),
          sampleNode('zeros', { embedding: new Float32Array(8) }),
          sampleNode('some', { embedding: axis(0, 8, -1) }),
          sampleNode('underflow', { embedding: [1e-50, 0, 0, 0, 0, 0, 0, 0] }),
        ])
        expect(await backend.countNodes(acme)).toBe(4)
        expect((await search(backend, axis(0), { minScore: -1 })).map(({ id }) => id)).toEqual(['some'])
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['some'])
      }))

    it('finds nothing for a query without direction', () =>
      withBackend(harness, async (backend) => {
        await insertVectors(backend, [known(0, axis(0)), known(1, axis(1))])
        expect(await backend.vectorSearch(new Float32Array(8), acme, { minScore: -1 })).toEqual([])
        expect(await backend.vectorSearch(axis(0), acme, { minScore: -1 })).toHaveLength(2)
      }))

    it('takes a plain array as a query and leaves the query alone', () =>
      withBackend(harness, async (backend) => {
        await insertVectors(backend, [known(0, [1, 2, 3, 4, 5, 6, 7, 8]), known(1, axis(0))])
        const query = Object.freeze([8, 7, 6, 5, 4, 3, 2, 1])
        const typed = Float32Array.from(query)
        expect(await backend.vectorSearch(query, acme)).toEqual(await backend.vectorSearch(typed, acme))
        expect([...typed]).toEqual(query)
      }))
  })
}
