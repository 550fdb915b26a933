import type { MemoryBackend } from '@holdfast/core'
import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainEpisodes, drainNodes, drainRecords } from '../drain.js'
import { acme, idsOf, sampleEpisode, sampleNodes } from '../sample-records.js'
import { withBackend, withReopening } from '../with-backend.js'

/**
 * The place of a record is never given to another one, or a cursor that stands there skips what comes later: part of the
 * suite of cursors.
 */
export function cursorPlaces(harness: BackendHarness): void {
  if (!harness.capabilities.delete) return

  it('go on with what came after the last records were deleted', () =>
    withBackend(harness, async (backend) => {
      const cursors = await fillAndScan(backend)
      await expectPlaces(backend, cursors)
    }))

  if (harness.capabilities.maintenance) {
    it('stay right when the store is compacted', () =>
      withBackend(harness, async (backend) => {
        const cursors = await fillAndScan(backend)
        await backend.admin.compact()
        await expectPlaces(backend, cursors)
      }))
  }

  if (harness.capabilities.durable) {
    it('stay right when the last records were deleted and the store is opened again', () =>
      withReopening(harness, async (backend, reopen) => {
        const cursors = await fillAndScan(backend)
        await expectPlaces(await reopen(), cursors)
      }))
  }
}

interface Cursors {
  readonly middle: string
  readonly nodes: string
  readonly episodes: string
  readonly records: string
}

/** Cursors in the middle and at the end, and then deletes what stands at the ends and before them. */
async function fillAndScan(backend: MemoryBackend): Promise<Cursors> {
  await backend.insertNodes(sampleNodes(6))
  await backend.insertEpisodes(['e0', 'e1', 'e2'].map((id) => sampleEpisode(id)))
  const batches = await drain(backend.scanNodes(acme, { batchSize: 3 }))
  const cursors = {
    middle: batches[0]?.cursor ?? '',
    nodes: batches.at(-1)?.cursor ?? '',
    episodes: (await drain(backend.scanEpisodes(acme))).at(-1)?.cursor ?? '',
    records: (await drain(backend.admin.exportAll())).at(-1)?.cursor ?? '',
  }
  await backend.deleteNodes(acme, ['n0', 'n4', 'n5'])
  await backend.deleteEpisodes(acme, ['e0', 'e2'])
  return cursors
}

async function expectPlaces(backend: MemoryBackend, cursors: Cursors): Promise<void> {
  const after = async (cursor: string) => idsOf(await drainNodes(backend.scanNodes(acme, { after: cursor })))
  expect(await after(cursors.middle)).toEqual(['n3'])
  await backend.insertNodes(sampleNodes(2, 'later'))
  await backend.insertEpisodes([sampleEpisode('later')])
  expect(await after(cursors.middle)).toEqual(['n3', 'later0', 'later1'])
  expect(await after(cursors.nodes)).toEqual(['later0', 'later1'])
  const episodes = await drainEpisodes(backend.scanEpisodes(acme, { after: cursors.episodes }))
  expect(idsOf(episodes)).toEqual(['later'])
  const records = await drainRecords(backend.admin.exportAll({ after: cursors.records }))
  expect(idsOf(records)).toEqual(['later'])
}
