import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** More than any page, batch or list of parameters that a backend may use on its own. */
const many = 1_200
const ids = Array.from({ length: many }, (_, index) => `n${index}`)

/** Nothing is cut off where the caller has said no limit, or a greater one. */
export function manyRecordsSuite(harness: BackendHarness): void {
  const { capabilities } = harness
  describe('many records', () => {
    it(`are read whole: ${many} nodes listed, scanned, counted, found and in every matrix`, () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(idsOf(await backend.getNodes(acme))).toEqual(ids)
        expect(idsOf(await backend.getNodes(acme, { limit: many - 1 }))).toEqual(ids.slice(0, -1))
        expect(idsOf(await drainNodes(backend.scanNodes(acme)))).toEqual(ids)
        expect(await backend.countNodes(acme)).toBe(many)
        const found = await backend.vectorSearch(axis(0), acme, { topK: 2 * many })
        expect(found.map(({ node }) => node.id)).toEqual(ids)
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(ids)
        expect((await backend.getClusterInfo(acme)).get(1)).toHaveLength(many)
        if (!capabilities.keywordSearch) return
        const hits = await backend.keywordSearch('question', acme, { topK: 2 * many })
        expect(hits.map(({ node }) => node.id)).toEqual(ids)
      }))

    it(`are read whole: ${many} episodes`, () =>
      withBackend(harness, async (backend) => {
        await backend.insertEpisodes(ids.map((id) => sampleEpisode(id, { embedding: axis(0) })))
        expect(idsOf(await backend.getEpisodes(acme))).toEqual(ids)
        expect(await backend.countEpisodes(acme)).toBe(many)
        const found = await backend.searchEpisodes(axis(0), acme, { topK: 2 * many })
        expect(found.map(({ episode }) => episode.id)).toEqual(ids)
        expect((await backend.getEpisodeEmbeddings(acme)).nodeIds).toEqual(ids)
      }))

    if (capabilities.update) {
      it(`are changed whole: ${many} accesses and clusters in one call`, () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          await backend.recordAccess(acme, ids)
          expect(
            await backend.assignClusters(
              acme,
              ids.map((id) => ({ id, clusterId: 2 })),
            ),
          ).toBe(many)
          const nodes = await backend.getNodes(acme)
          expect(nodes.filter(({ accessCount }) => accessCount === 1)).toHaveLength(many)
          expect(nodes.filter(({ clusterId }) => clusterId === 2)).toHaveLength(many)
        }))
    }

    if (capabilities.delete) {
      it(`are deleted whole: ${many} ids in one call`, () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          await backend.insertNode(sampleNode('rest'))
          expect(await backend.deleteNodes(acme, ids)).toBe(many)
          expect(idsOf(await backend.getNodes(acme))).toEqual(['rest'])
        }))
    }
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes(ids.map((id) => sampleNode(id, { embedding: axis(0), clusterId: 1 })))
}
