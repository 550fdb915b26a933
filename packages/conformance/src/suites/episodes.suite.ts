import type { EpisodicMemory } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { rank, scoreTolerance, smallestGap } from '../cosine-oracle.js'
import { drainEpisodes } from '../drain.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { seededRandom } from '../seeded-random.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

const seed = 505

const full = {
  id: 'conv-1',
  title: 'Größe \u{1f600} \0 \ud83d',
  messages: [
    { role: 'human', content: 'q \0', at: '2024', nested: { a: [1, null] } },
    { role: 'assistant', content: '' },
  ],
  messageCount: 7,
  source: 'claude',
  createdAt: '2024-02-29T23:59:59.999999+05:30',
  updatedAt: '2024-03-01 00:10:00',
  durationMinutes: 10.25,
  llmTags: { topics: ['x'], nested: { deep: [true] } },
  dominantIntent: 'question',
  avgComplexity: 0.5,
  avgTechnicalDepth: 3,
  emotionalArc: 'rising',
  hasCode: true,
  hasErrors: true,
  urgencyMax: 'high',
  memoryNodeIds: ['a', 'b'],
  relatedEpisodeIds: ['other', ''],
  accessCount: 4,
  lastAccessed: '2024-03-02T00:00:00Z',
  tenantId: 'acme',
  userId: 'kim',
  metadata: { key: [1.5] },
  extra: { future: { x: null } },
} as const satisfies EpisodicMemory

/** Episodes are stored, listed and found like nodes, and apart from them. */
export function episodesSuite(harness: BackendHarness): void {
  describe('episodes', () => {
    it('gives back every field, through every read', () =>
      withBackend(harness, async (backend) => {
        expect(await backend.insertEpisodes([{ ...full, embedding: axis(2) }])).toEqual({
          inserted: 1,
          replaced: 0,
          ignored: 0,
        })
        expect(await backend.getEpisode(acme, full.id)).toEqual(full)
        expect(await backend.getEpisodes({ userId: 'kim' })).toEqual([full])
        expect(await drainEpisodes(backend.scanEpisodes(acme))).toEqual([full])
        expect(await backend.searchEpisodes(axis(2), acme)).toEqual([{ episode: full, score: 1 }])
      }))

    it('fills in the defaults', () =>
      withBackend(harness, async (backend) => {
        const messages = [{ role: 'human', content: 'q' }]
        await backend.insertEpisodes([{ id: 'e', userId: 'kim', messages, createdAt: '2024-01-01' }])
        expect(await backend.getEpisode({ userId: 'kim' }, 'e')).toEqual({
          id: 'e',
          title: '',
          messages,
          messageCount: 1,
          source: 'unknown',
          createdAt: '2024-01-01',
          updatedAt: '2024-01-01',
          durationMinutes: 0,
          llmTags: {},
          dominantIntent: '',
          avgComplexity: 0,
          avgTechnicalDepth: 0,
          emotionalArc: '',
          hasCode: false,
          hasErrors: false,
          urgencyMax: 'low',
          memoryNodeIds: [],
          relatedEpisodeIds: [],
          accessCount: 0,
          lastAccessed: null,
          tenantId: null,
          userId: 'kim',
          metadata: {},
          extra: {},
        })
      }))

    it('keeps nodes and episodes of one id apart', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('same', { embedding: axis(0) }))
        expect(await backend.getEpisode(acme, 'same')).toBeUndefined()
        expect(await backend.countEpisodes(acme)).toBe(0)
        await backend.insertEpisodes([sampleEpisode('same', { embedding: axis(1) })])
        expect(await backend.countNodes(acme)).toBe(1)
        expect((await backend.searchEpisodes(axis(1), acme)).map(({ score }) => score)).toEqual([1])
        expect((await backend.vectorSearch(axis(1), acme)).map(({ score }) => score)).toEqual([0])
        await expectCode('DUPLICATE_ID', () => backend.insertEpisodes([sampleEpisode('same')]))
      }))

    it(`ranks as float64 does (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const random = seededRandom(seed)
        const vectors = Array.from({ length: 30 }, (_, i) => ({ id: `e${i}`, vector: random.vector(8) }))
        const twins = vectors.slice(0, 5).map(({ vector }, i) => ({ id: `e${30 + i}`, vector }))
        const all = [...vectors, ...twins]
        await backend.insertEpisodes(all.map(({ id, vector }) => sampleEpisode(id, { embedding: vector })))
        const near = random.vector(8)
        await backend.insertEpisodes([
          sampleEpisode('none'),
          sampleEpisode('x', { tenantId: 'b', embedding: near }),
        ])
        const expected = rank(near, all, { topK: 100, minScore: -1 })
        expect(smallestGap(expected), 'the sample is fit for this test').toBeGreaterThan(4e-5)
        for (const options of [{ topK: 1 }, { topK: 7 }, { topK: 100, minScore: -1 }, { minScore: 0.3 }]) {
          const found = await backend.searchEpisodes(near, acme, options)
          const best = rank(near, all, options)
          expect(found.map(({ episode }) => episode.id)).toEqual(idsOf(best))
          for (const [index, { score }] of found.entries()) {
            expect(Math.abs(score - (best[index]?.score ?? 9))).toBeLessThanOrEqual(scoreTolerance)
          }
        }
        expect(await backend.searchEpisodes(near, acme, { topK: 0 })).toEqual([])
        expect(await backend.searchEpisodes(new Float32Array(8), acme)).toEqual([])
      }))

    it('takes minScore as inclusive, 0 unless told, and components of any size', () =>
      withBackend(harness, async (backend) => {
        const scaled = (embedding: readonly number[]) => embedding.map((value) => value * 1e30)
        const vectors = {
          opposite: axis(0, 8, -1),
          across: axis(1),
          same: axis(0, 8, 1e-30),
          slanted: scaled([3, 4, 0, 0, 0, 0, 0, 0]),
        }
        await backend.insertEpisodes(
          Object.entries(vectors).map(([id, embedding]) => sampleEpisode(id, { embedding })),
        )
        const ids = async (minScore?: number) =>
          (await backend.searchEpisodes(axis(0), acme, minScore === undefined ? {} : { minScore })).map(
            ({ episode }) => episode.id,
          )
        expect(await ids()).toEqual(['same', 'slanted', 'across'])
        expect(await ids(0)).toEqual(['same', 'slanted', 'across'])
        expect(await ids(1)).toEqual(['same'])
        expect(await ids(0.5999)).toEqual(['same', 'slanted'])
        expect(await ids(0.6001)).toEqual(['same'])
        expect(await ids(-1)).toEqual(['same', 'slanted', 'across', 'opposite'])
        const [, second] = await backend.searchEpisodes(axis(0), acme)
        expect(Math.abs((second?.score ?? 9) - 0.6)).toBeLessThanOrEqual(scoreTolerance)
      }))

    it('takes no filters, which episodes do not have', () =>
      withBackend(harness, async (backend) => {
        await backend.insertEpisodes([sampleEpisode('e', { embedding: axis(0) })])
        const filter = { source: 'unknown' }
        await expectMistake(TypeError, () => backend.searchEpisodes(axis(0), acme, untyped({ filter })))
        await expectMistake(TypeError, () => backend.countEpisodes(acme, untyped({ filter })))
        await expectMistake(TypeError, () => backend.getEpisode(acme, untyped(1)))
      }))
  })
}
