import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const most = 100_000
const least = 2_000
/** Milliseconds of inserting after which no more is inserted. */
const patience = 8_000

/** Deletes a scope that is large. Other backends stop at the first 1,000 or 10,000 of it. */
export function deleteAllSuite(harness: BackendHarness): void {
  if (!harness.capabilities.delete) return
  describe('delete all', () => {
    it('deletes all of a scope as large as the backend can fill in some seconds', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(5, 'o', { tenantId: 'other', embedding: axis(0) }))
        const count = await fill(backend, harness.largeScope)
        await backend.insertEpisodes(['a', 'b', 'c'].map((id) => sampleEpisode(id)))
        expect(await backend.countNodes(acme), 'the control').toBe(count)
        expect(await backend.deleteScope(acme), `of ${count} nodes and 3 episodes`).toBe(count + 3)
        expect(await backend.countNodes(acme)).toBe(0)
        expect(await backend.countEpisodes(acme)).toBe(0)
        expect(await drain(backend.scanNodes(acme))).toEqual([])
        expect(await backend.vectorSearch(axis(1), acme, { minScore: -1 })).toEqual([])
        expect((await backend.getEmbeddings(acme)).rows).toBe(0)
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 5, episodes: 0, vectors: 5 })
        expect(idsOf(await backend.getNodes({ tenantId: 'other' }))).toEqual(['o0', 'o1', 'o2', 'o3', 'o4'])
      }))

    it('deletes every one of thousands of ids', () =>
      withBackend(harness, async (backend) => {
        await fill(backend, least)
        const ids = Array.from({ length: least }, (_, index) => `n${index}`)
        expect(await backend.deleteNodes(acme, ['nowhere', ...ids.slice(1), 'n1'])).toBe(least - 1)
        expect(idsOf(await backend.getNodes(acme))).toEqual(['n0'])
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['n0'])
      }))
  })
}

/** @returns how many nodes were inserted. */
async function fill(backend: MemoryBackend, wanted: number | undefined): Promise<number> {
  const start = performance.now()
  const size = 1_000
  let count = 0
  const isEnough = () =>
    wanted === undefined
      ? count >= most || (count >= least && performance.now() - start > patience)
      : count >= wanted
  while (!isEnough()) {
    const batch = sampleNodes(Math.min(size, (wanted ?? most) - count), '', { embedding: axis(1) })
    await backend.insertNodes(batch.map((node, index) => ({ ...node, id: `n${count + index}` })))
    count += batch.length
  }
  return count
}
