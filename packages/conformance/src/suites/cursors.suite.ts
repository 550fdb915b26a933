import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainEpisodes, drainNodes, drainRecords } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'
import { cursorPlaces } from './cursor-places.suite.js'

/** Cursors stay right whatever is written: also when the record they stand at is gone, and under writers at once. */
export function cursorsSuite(harness: BackendHarness): void {
  describe('cursors', () => {
    it('give every node that stays once, while others write all the time', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(60, 'stays', { embedding: axis(0) }))
        let isScanning = true
        const writing = (async () => {
          let round = 0
          while (isScanning && round < 200) {
            await backend.insertNodes([
              sampleNode(`new${round}`),
              sampleNode(`new${round}`, { tenantId: 'other' }),
            ])
            await backend.insertNodes([sampleNode('stays0', { source: `${round}` })], {
              onConflict: 'replace',
            })
            if (harness.capabilities.delete) await backend.deleteNodes(acme, [`new${round}`])
            round += 1
          }
          return round
        })()
        for (let scan = 0; scan < 3; scan++) {
          const ids = idsOf(await drainNodes(backend.scanNodes(acme, { batchSize: 4 })))
          const stayed = ids.filter((id) => id.startsWith('stays'))
          expect(stayed).toEqual(Array.from({ length: 60 }, (_, index) => `stays${index}`))
          expect(new Set(ids).size, 'none twice').toBe(ids.length)
        }
        isScanning = false
        expect(await writing, 'there was writing').toBeGreaterThan(0)
      }))

    it('give every episode and every exported record that stays once, when others insert in between', () =>
      withBackend(harness, async (backend) => {
        await backend.insertEpisodes(['c', 'a', 'b', 'd'].map((id) => sampleEpisode(id)))
        await backend.insertNodes(sampleNodes(4))
        const episodes: string[] = []
        for await (const batch of backend.scanEpisodes(acme, { batchSize: 1 })) {
          episodes.push(...idsOf(batch.episodes))
          if (episodes.length === 2) await backend.insertEpisodes([sampleEpisode('aa'), sampleEpisode('0')])
        }
        expect(episodes).toEqual(['c', 'a', 'b', 'd', 'aa', '0'])
        const exported: string[] = []
        for await (const { kind, records } of backend.admin.exportAll({ batchSize: 2 })) {
          exported.push(...records.map(({ id }) => `${kind} ${id}`))
          if (exported.length === 2) {
            await backend.insertNodes(sampleNodes(1, '0first', { tenantId: 'another' }))
          }
        }
        expect(exported.slice(0, 5)).toEqual([
          'nodes n0',
          'nodes n1',
          'nodes n2',
          'nodes n3',
          'nodes 0first0',
        ])
        expect(exported.slice(5)).toEqual(episodes.map((id) => `episodes ${id}`))
      }))

    it('go on where they ended, when more has come', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(3))
        await backend.insertEpisodes([sampleEpisode('e')])
        const last = (await drain(backend.scanNodes(acme, { batchSize: 2 }))).at(-1)?.cursor ?? ''
        const lastEpisode = (await drain(backend.scanEpisodes(acme))).at(-1)?.cursor ?? ''
        const lastRecord = (await drain(backend.admin.exportAll())).at(-1)?.cursor ?? ''
        expect(await drain(backend.scanNodes(acme, { after: last }))).toEqual([])
        expect(await drain(backend.scanEpisodes(acme, { after: lastEpisode }))).toEqual([])
        expect(await drain(backend.admin.exportAll({ after: lastRecord }))).toEqual([])
        await backend.insertNodes(sampleNodes(2, 'more'))
        await backend.insertEpisodes([sampleEpisode('0')])
        expect(idsOf(await drainNodes(backend.scanNodes(acme, { after: last })))).toEqual(['more0', 'more1'])
        expect(idsOf(await drainEpisodes(backend.scanEpisodes(acme, { after: lastEpisode })))).toEqual(['0'])
        expect(idsOf(await drainRecords(backend.admin.exportAll({ after: lastRecord })))).toEqual(['0'])
      }))

    cursorPlaces(harness)
    if (!harness.capabilities.delete) return

    it('stay right when the record they stand at is deleted, and inserted again', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(6))
        const [first] = await drain(backend.scanNodes(acme, { batchSize: 3 }))
        expect(idsOf(first?.nodes ?? [])).toEqual(['n0', 'n1', 'n2'])
        const rest = async () =>
          idsOf(await drainNodes(backend.scanNodes(acme, { after: first?.cursor ?? '', batchSize: 2 })))
        await backend.deleteNodes(acme, ['n2'])
        expect(await rest()).toEqual(['n3', 'n4', 'n5'])
        await backend.insertNode(sampleNode('n2'))
        expect(await rest()).toEqual(['n3', 'n4', 'n5', 'n2'])
        await backend.deleteScope(acme)
        expect(await rest()).toEqual([])
        await backend.insertNodes(sampleNodes(1, 'later'))
        expect(await rest()).toEqual(['later0'])
      }))

    it('end a scan whose scope is deleted in the middle', () =>
      withBackend(harness, async (backend) => {
        await fillBoth(backend)
        const scan = backend.scanNodes(acme, { batchSize: 2 })
        await scan.next()
        await backend.deleteScope(acme)
        expect((await scan.next()).done).toBe(true)
        expect(await drainNodes(backend.scanNodes({ tenantId: 'other' }))).toHaveLength(5)
      }))
  })
}

async function fillBoth(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes(sampleNodes(5))
  await backend.insertNodes(sampleNodes(5, 'o', { tenantId: 'other' }))
}
