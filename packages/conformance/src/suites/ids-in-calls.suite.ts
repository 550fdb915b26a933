import type { MemoryBackend } from '@holdfast/core'
import { expect, it } from '#test'
import { alikeIds } from '../alike-ids.js'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** Ids that look alike in every call that takes one: part of the suite of ids. */
export function idsInCalls(harness: BackendHarness): void {
  it('finds by a filter the id that it names, and none that looks alike', () =>
    withBackend(harness, async (backend) => {
      await fill(backend)
      for (const id of alikeIds) {
        const filter = { ids: id }
        const what = JSON.stringify(id)
        expect(idsOf(await backend.getNodes(acme, { filter })), what).toEqual([id])
        const found = await backend.vectorSearch(axis(0), acme, { filter })
        expect(idsOf(found.map(({ node }) => node)), what).toEqual([id])
      }
      expect(await backend.countNodes(acme, { filter: { ids: ['b', 'aa', 'x', 'É'] } })).toBe(0)
    }))

  it('keeps episodes apart whose ids look alike', () =>
    withBackend(harness, async (backend) => {
      await fill(backend)
      for (const [index, id] of alikeIds.entries()) {
        expect((await backend.getEpisode(acme, id))?.title, JSON.stringify(id)).toBe(`title ${index}`)
      }
      for (const id of ['b', 'aa', 'x', '', 'É'])
        expect(await backend.getEpisode(acme, id), id).toBeUndefined()
      expect(idsOf(await backend.getEpisodes(acme))).toEqual(alikeIds)
      expect((await backend.getEpisodeEmbeddings(acme)).nodeIds).toEqual(alikeIds)
    }))

  if (harness.capabilities.update) {
    it('changes the node of an id, and none that looks alike', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const [index, id] of alikeIds.entries()) {
          const what = JSON.stringify(id)
          expect(await backend.updateNode(acme, id, { source: `of ${index}` }), what).toBe(true)
          await backend.recordAccess(acme, [id])
          expect(await backend.assignClusters(acme, [{ id, clusterId: index }]), what).toBe(1)
        }
        for (const id of ['b', 'aa', 'x', 'É']) expect(await backend.updateNode(acme, id, {})).toBe(false)
        const nodes = await backend.getNodes(acme)
        for (const [index, { id, source, accessCount, clusterId }] of nodes.entries()) {
          expect([source, accessCount, clusterId], JSON.stringify(id)).toEqual([`of ${index}`, 1, index])
        }
        expect(nodes).toHaveLength(alikeIds.length)
      }))
  }

  if (harness.capabilities.delete) {
    it('deletes the record of an id, and none that looks alike', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(await backend.deleteNodes(acme, ['b', 'aa', 'x', 'É'])).toBe(0)
        for (const [index, id] of alikeIds.entries()) {
          const what = JSON.stringify(id)
          expect(await backend.deleteNodes(acme, [id]), what).toBe(1)
          expect(idsOf(await backend.getNodes(acme)), what).toEqual(alikeIds.slice(index + 1))
          expect(await backend.deleteEpisodes(acme, [id]), what).toBe(1)
          expect(idsOf(await backend.getEpisodes(acme)), what).toEqual(alikeIds.slice(index + 1))
        }
      }))
  }
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes(alikeIds.map((id) => sampleNode(id, { embedding: axis(0) })))
  await backend.insertEpisodes(
    alikeIds.map((id, index) => sampleEpisode(id, { title: `title ${index}`, embedding: axis(0) })),
  )
}
