import { readdir } from 'node:fs/promises'
import { isMainThread } from 'node:worker_threads'
import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { eventually } from '../eventually.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** What is left when a backend is destroyed: nothing. */
export function resourcesSuite(harness: BackendHarness): void {
  describe('resources', () => {
    it('leaves no handle, socket, timer or descriptor open, after errors too', async () => {
      // The first two rounds may open what the harness shares between its backends.
      await round(harness)
      await round(harness)
      const before = await openThings()
      for (let i = 0; i < 3; i++) await round(harness)
      // A socket or a worker may need some turns to be gone, but more of them must not stay.
      await eventually(async () => {
        const after = await openThings()
        for (const [kind, count] of after) expect(count, kind).toBeLessThanOrEqual(before.get(kind) ?? 0)
      })
    })
  })
}

async function round(harness: BackendHarness): Promise<void> {
  await withBackend(harness, async (backend: MemoryBackend) => {
    await backend.insertNodes(sampleNodes(5, 'n', { embedding: axis(0) }))
    await backend.insertEpisodes([sampleEpisode('e')])
    await expectCode('DUPLICATE_ID', () => backend.insertNode(sampleNode('n0')))
    await backend.vectorSearch(axis(0), acme, { signal: new AbortController().signal })
    const scan = backend.scanNodes(acme, { batchSize: 1 })
    await scan.next()
    // A scan that is given up, and one that is forgotten.
    await scan.return(undefined)
    await backend.scanNodes(acme, { batchSize: 1 }).next()
    await backend.getEmbeddings(acme)
    await backend.admin.fingerprint()
  })
}

/** How many of each kind this process has open. Descriptors count where they can be listed and are ours alone. */
async function openThings(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const ours = process.getActiveResourcesInfo().filter((kind) => !transient.has(kind))
  for (const kind of ours) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const descriptors = isMainThread ? await readdir('/proc/self/fd').catch(() => []) : []
  counts.set('descriptors', descriptors.length)
  return counts
}

/** The test runner's own: its timeouts, its messages, and single requests that are under way. */
const transient = new Set([
  'Timeout',
  'Immediate',
  'MessagePort',
  'FSReqPromise',
  'FSReqCallback',
  'PipeWrap',
])
