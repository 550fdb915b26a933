import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** The same data opened twice: both write, or the second is refused. */
export function concurrentWritersSuite(harness: BackendHarness): void {
  const openAgain = harness.openAgain?.bind(harness)
  // The suite of the harness sees to it that a backend with this capability offers it.
  if (openAgain === undefined) return
  describe('concurrent writers', () => {
    if (!harness.capabilities.concurrentWriters) {
      it('locks out a second one until the first is closed', () =>
        withBackend(harness, async (backend) => {
          await backend.insertNode(sampleNode('a'))
          await expectCode('LOCKED', async () => {
            await (await openAgain(backend)).close()
          })
          // The control: the first goes on as if nothing had been.
          await backend.insertNode(sampleNode('b'))
          expect(idsOf(await backend.getNodes(acme))).toEqual(['a', 'b'])
        }))
      return
    }

    const withTwo = (use: (one: MemoryBackend, two: MemoryBackend) => Promise<void>) =>
      withBackend(harness, async (one) => {
        const two = await openAgain(one)
        try {
          await use(one, two)
        } finally {
          await two.close()
        }
      })

    it('see what the other has written, once it is acknowledged', () =>
      withTwo(async (one, two) => {
        await one.insertNodes(sampleNodes(2, 'one', { embedding: axis(0), clusterId: 1 }))
        expect(idsOf(await two.getNodes(acme))).toEqual(['one0', 'one1'])
        await two.insertNodes(sampleNodes(1, 'two', { embedding: axis(1), clusterId: 2 }))
        for (const backend of [one, two]) {
          expect(idsOf(await backend.getNodes(acme))).toEqual(['one0', 'one1', 'two0'])
          expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['one0', 'one1', 'two0'])
          expect((await backend.vectorSearch(axis(1), acme, { topK: 1 }))[0]?.node.id).toBe('two0')
          expect([...(await backend.getClusterInfo(acme)).keys()]).toEqual([1, 2])
        }
        if (harness.capabilities.keywordSearch) {
          expect((await one.keywordSearch('two0', acme)).map(({ node }) => node.id)).toEqual(['two0'])
        }
        if (harness.capabilities.delete) {
          await two.deleteNodes(acme, ['one0'])
          expect(await one.getNode(acme, 'one0')).toBeUndefined()
          expect((await one.vectorSearch(axis(0), acme, { minScore: 0.5 })).length).toBe(1)
        }
      }))

    it('store every batch once, whole and in one order for all, when both insert at once', () =>
      withTwo(async (one, two) => {
        const batches = Array.from({ length: 12 }, (_, index) => sampleNodes(4, `b${index}-`))
        await Promise.all(batches.map((batch, index) => (index % 2 === 0 ? one : two).insertNodes(batch)))
        const ids = idsOf(await one.getNodes(acme))
        expect(ids).toHaveLength(48)
        expect(idsOf(await two.getNodes(acme))).toEqual(ids)
        for (const batch of batches) {
          const places = batch.map(({ id = '' }) => ids.indexOf(id))
          expect(places, 'a batch keeps its order').toEqual([...places].sort((a, b) => a - b))
        }
      }))

    it('let one of two inserts of an id win, and nothing of the other be there', () =>
      withTwo(async (one, two) => {
        for (let round = 0; round < 8; round++) {
          const outcomes = await Promise.allSettled([
            one.insertNodes([sampleNode(`one${round}`), sampleNode(`same${round}`, { source: 'one' })]),
            two.insertNodes([sampleNode(`two${round}`), sampleNode(`same${round}`, { source: 'two' })]),
          ])
          const winners = ['one', 'two'].filter((_, index) => outcomes[index]?.status === 'fulfilled')
          expect(winners).toHaveLength(1)
          for (const outcome of outcomes) {
            if (outcome.status === 'rejected') expect(outcome.reason).toHaveProperty('code', 'DUPLICATE_ID')
          }
          expect((await one.getNode(acme, `same${round}`))?.source).toBe(winners[0])
        }
        expect(await two.countNodes(acme)).toBe(16)
      }))

    if (harness.capabilities.update) {
      it('count every access, and lose no update of another field', () =>
        withTwo(async (one, two) => {
          await one.insertNode(sampleNode('a'))
          await Promise.all(
            Array.from({ length: 10 }, (_, index) => [
              one.recordAccess(acme, ['a']),
              two.recordAccess(acme, ['a']),
              one.updateNode(acme, 'a', { extra: { [`one${index}`]: index } }),
              two.updateNode(acme, 'a', { extra: { [`two${index}`]: index } }),
            ]).flat(),
          )
          const node = await two.getNode(acme, 'a')
          expect(node?.accessCount).toBe(20)
          expect(Object.keys(node?.extra ?? {})).toHaveLength(20)
        }))
    }
  })
}
