import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { cosine, scoreTolerance } from '../cosine-oracle.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { seededRandom } from '../seeded-random.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

const seed = 4711

/** Vectors at the edge of float32, and queries that are none. */
export function vectorLimitsSuite(harness: BackendHarness): void {
  describe('vector limits', () => {
    it(`scores extremely large and tiny components like any others (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const random = seededRandom(seed)
        const scales = [1, 1e-20, 1e-30, 1e-38, 1e15, 1e19, 1e30, 5e37]
        const vectors = scales.map((scale) => random.vector(8).map((value) => value * scale))
        vectors.push(Float32Array.of(3.4e38, -3.4e38, 3.4e38, 0, 0, 0, 0, 1e-45))
        vectors.push(Float32Array.of(1e-45, 2.8e-45, 0, 0, 0, 0, 0, 0))
        vectors.push(Float32Array.of(1e38, 1e-38, 1, 0, 0, 0, 0, 0))
        await backend.insertNodes(vectors.map((embedding, i) => sampleNode(`v${i}`, { embedding })))
        for (const scale of scales) {
          const query = random.vector(8).map((value) => value * scale)
          await expectScores(backend, query, vectors)
        }
        const [largest = axis(0)] = vectors.slice(8)
        await expectScores(backend, largest, vectors)
      }))

    it('does not care for the length of a vector', () =>
      withBackend(harness, async (backend) => {
        const direction = [1, -2, 3, -4, 5, -6, 7, -8]
        const vectors = [1, 4, 0.25, 1024, 2 ** -100, 2 ** 100].map((factor) =>
          Float32Array.from(direction, (value) => value * factor),
        )
        await backend.insertNodes(vectors.map((embedding, i) => sampleNode(`v${i}`, { embedding })))
        await expectScores(backend, Float32Array.from(direction), vectors)
        await expectScores(backend, Float32Array.of(0, 0, 0, 0, 0, 0, 0, 2 ** -120), vectors)
      }))

    it('takes vectors of 16,000 dimensions', () =>
      withBackend(
        harness,
        async (backend) => {
          const random = seededRandom(seed)
          const vectors = [random.vector(16_000), random.vector(16_000)]
          await backend.insertNodes(vectors.map((embedding, i) => sampleNode(`v${i}`, { embedding })))
          await expectScores(backend, vectors[1] ?? axis(0), vectors)
          const { data, dimensions } = await backend.getEmbeddings(acme)
          expect(dimensions).toBe(16_000)
          expect(data).toHaveLength(32_000)
          const bits = Buffer.from(data.slice(16_000).buffer)
          expect(bits.equals(Buffer.from((vectors[1] ?? axis(0)).buffer)), 'every bit is kept').toBe(true)
        },
        { dimensions: 16_000 },
      ))

    it('refuses queries that are no vector of the store', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a', { embedding: axis(0) }))
        for (const ask of [
          (query: unknown) => backend.vectorSearch(untyped(query), acme),
          (query: unknown) => backend.explainSearch(untyped(query), acme),
          (query: unknown) => backend.searchEpisodes(untyped(query), acme),
          // Wrong is wrong, also where the answer would be empty.
          (query: unknown) => backend.vectorSearch(untyped(query), {}),
          (query: unknown) => backend.vectorSearch(untyped(query), acme, { topK: 0 }),
        ]) {
          for (const length of [1, 7, 9, 1024]) {
            await expectCode('DIMENSION_MISMATCH', () => ask(axis(0, length)), `${length} dimensions`)
          }
          const [, ...tail] = axis(1)
          for (const component of [Number.NaN, Number.POSITIVE_INFINITY, 1e39, '1', null, undefined]) {
            await expectCode('INVALID_EMBEDDING', () => ask([component, ...tail]), String(component))
          }
          for (const query of [[], '[1]', {}, new Float64Array(8)]) {
            await expectCode('INVALID_EMBEDDING', () => ask(query), String(query))
          }
          await expectMistake(TypeError, () => ask(undefined), 'undefined')
        }
      }))

    it('refuses options that are none', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a', { embedding: axis(0) }))
        const ask = (options: unknown) => () => backend.vectorSearch(axis(0), acme, untyped(options))
        await expectMistake(RangeError, ask({ topK: -1 }), 'topK -1')
        for (const topK of [0.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null]) {
          await expectMistake(TypeError, ask({ topK }), `topK ${topK}`)
        }
        for (const minScore of [Number.NaN, Number.NEGATIVE_INFINITY, '0', null]) {
          await expectMistake(TypeError, ask({ minScore }), `minScore ${minScore}`)
        }
        for (const options of [{ top_k: 3 }, { limit: 3 }, { k: 3 }, { scope: acme }, null, 3]) {
          await expectMistake(TypeError, ask(options), JSON.stringify(options))
        }
      }))
  })
}

/** Every vector is found, with the score that float64 gives. */
async function expectScores(
  backend: MemoryBackend,
  query: Float32Array,
  vectors: readonly Float32Array[],
): Promise<void> {
  const found = await backend.vectorSearch(query, acme, { topK: 100, minScore: -1 })
  const scores = new Map(found.map(({ node, score }) => [node.id, score]))
  expect([...scores.keys()].sort()).toEqual(vectors.map((_, index) => `v${index}`).sort())
  for (const [index, vector] of vectors.entries()) {
    const score = scores.get(`v${index}`) ?? Number.NaN
    expect(Math.abs(score - cosine(query, vector)), `v${index}`).toBeLessThanOrEqual(scoreTolerance)
    expect(Math.abs(score)).toBeLessThanOrEqual(1)
  }
}
