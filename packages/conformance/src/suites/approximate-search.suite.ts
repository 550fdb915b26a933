import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { type KnownVector, rank, scoreTolerance } from '../cosine-oracle.js'
import { expectMistake } from '../expect-rejection.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { seededRandom } from '../seeded-random.js'
import { untyped } from '../untyped.js'
import { usualDimensions, withBackend } from '../with-backend.js'

const seed = 90_210
const count = 150
const limits = { minRows: 100 }
const other = { tenantId: 'other' }
const sources = ['web', 'mail', 'chat'] as const

/**
 * What an index must not change: it may leave out a vector that is not among the very nearest, and that is all. The
 * suite does not ask that there is an index, so a backend that is always exact passes too.
 */
export function approximateSearchSuite(harness: BackendHarness): void {
  if (!harness.capabilities.approximateSearch) return
  describe('approximate search', () => {
    it(`finds the own vectors only, each with its true score and in order (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const vectors = await fill(backend)
        await backend.admin.maintain(limits)
        const random = seededRandom(seed + 1)
        let found = 0
        for (let round = 0; round < 10; round++) found += await expectTrue(backend, random.vector(8), vectors)
        // The control: an index that finds nothing would pass otherwise.
        expect(found).toBeGreaterThan(300)
      }))

    it('finds the true nearest when an exact search is asked for, and when it says that it was exact', () =>
      withBackend(harness, async (backend) => {
        const vectors = await fill(backend)
        await backend.admin.maintain(limits)
        const random = seededRandom(seed + 2)
        for (let round = 0; round < 5; round++) {
          const query = random.vector(8)
          const all = { topK: 12, minScore: -1 }
          const expected = rank(query, vectors, all).map(({ id }) => id)
          const idsOf = async (options: { readonly exact?: boolean }) =>
            (await backend.vectorSearch(query, acme, { ...all, ...options })).map(({ node }) => node.id)
          expect(await idsOf({ exact: true })).toEqual(expected)
          if ((await backend.explainSearch(query, acme, all)).exact) expect(await idsOf({})).toEqual(expected)
        }
      }))

    it('follows what is written after it was built', () =>
      withBackend(harness, async (backend) => {
        const vectors = new Map((await fill(backend)).map(({ id, vector }) => [id, vector]))
        await backend.admin.maintain(limits)
        const query = axis(0)
        const write = async (ids: readonly string[], vector: Float32Array | undefined) => {
          const nodes = ids.map((id) => sampleNode(id, vector ? { embedding: vector } : {}))
          await backend.insertNodes(nodes, { onConflict: 'replace' })
          for (const id of ids) {
            if (vector) vectors.set(id, vector)
            else vectors.delete(id)
          }
        }
        const nearest = rank(query, known(vectors), { topK: 6 }).map(({ id }) => id)
        await write(nearest.slice(0, 2), undefined)
        await write(nearest.slice(2, 4), axis(0, usualDimensions, -1))
        if (harness.capabilities.delete) {
          await backend.deleteNodes(acme, nearest.slice(4))
          for (const id of nearest.slice(4)) vectors.delete(id)
        }
        await expectTrue(backend, query, known(vectors))
        await backend.admin.maintain(limits)
        expect(await expectTrue(backend, query, known(vectors))).toBeGreaterThan(10)
        if (!harness.capabilities.delete) return
        await backend.deleteScope(acme)
        expect(await backend.vectorSearch(query, acme, { minScore: -1 })).toEqual([])
        expect((await backend.vectorSearch(query, other, { minScore: -1 })).length, 'the control').toBe(10)
      }))

    it('is maintained again and again, changes no record and refuses wrong limits', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        for (let round = 0; round < 2; round++) {
          const { indexes } = await backend.admin.maintain({ ...limits, onProgress: () => {} })
          for (const { rows, owner } of indexes) if (owner !== undefined) expect(rows).toBe(count)
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
        for (const options of [{ minRows: '1' }, { rows: 1 }, { onProgress: 1 }, { minRecall: null }])
          await expectMistake(TypeError, () => backend.admin.maintain(untyped(options)))
        for (const options of [{ minRows: 0 }, { minRecall: 1.1 }, { maxIndexes: -1 }])
          await expectMistake(RangeError, () => backend.admin.maintain(options))
      }))
  })
}

/** Two tenants with other vectors under the same ids, large enough for an index each. @returns those of `acme`. */
async function fill(backend: MemoryBackend): Promise<readonly KnownVector[]> {
  const random = seededRandom(seed)
  for (const owner of [other, acme]) {
    const vectors = Array.from({ length: count }, (_, index) => ({
      id: `n${index}`,
      vector: random.vector(usualDimensions),
    }))
    await backend.insertNodes(
      vectors.map(({ id, vector }, index) =>
        sampleNode(id, { ...owner, embedding: vector, source: sources[index % 3] ?? '' }),
      ),
    )
    if (owner === acme) return vectors
  }
  return []
}

function known(vectors: ReadonlyMap<string, KnownVector['vector']>): readonly KnownVector[] {
  return [...vectors].map(([id, vector]) => ({ id, vector }))
}

/** Holds some searches against the vectors that there are. @returns how many nodes they found. */
async function expectTrue(
  backend: MemoryBackend,
  query: Float32Array,
  vectors: readonly KnownVector[],
): Promise<number> {
  const scores = new Map(
    rank(query, vectors, { topK: count, minScore: -1 }).map(({ id, score }) => [id, score]),
  )
  let found = 0
  for (const source of [undefined, ...sources]) {
    const filter = source === undefined ? {} : { source }
    const hits = await backend.vectorSearch(query, acme, { topK: 12, minScore: 0.1, filter })
    for (const [index, { node, score }] of hits.entries()) {
      expect(node.tenantId).toBe('acme')
      if (source !== undefined) expect(node.source).toBe(source)
      expect(Math.abs(score - (scores.get(node.id) ?? 9)), node.id).toBeLessThanOrEqual(scoreTolerance)
      expect(score).toBeGreaterThanOrEqual(0.1)
      expect(score).toBeLessThanOrEqual(hits[index - 1]?.score ?? 1)
    }
    expect(hits.length).toBeLessThanOrEqual(12)
    expect(new Set(hits.map(({ node }) => node.id)).size, 'none twice').toBe(hits.length)
    found += hits.length
  }
  return found
}
