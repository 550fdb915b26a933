import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { inWords, largeScopeOf } from '../large-scope.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend, withReopening } from '../with-backend.js'

/** Records of one insert: a few seconds of inserting at most, on slow stores too. */
const batchSize = 5_000
/** Milliseconds a test may take: a store far away needs minutes for as many records. */
const timeout = 600_000

const other = { tenantId: 'other' } as const

/** Deletes scopes that are large. Other backends stop at the first 1,000, 10,000 or 65,535 of it. */
export function deleteAllSuite(harness: BackendHarness): void {
  const { capabilities } = harness
  if (!capabilities.delete) return
  const nodes = largeScopeOf(harness)
  const episodes = Math.floor(nodes / 10)

  describe('delete all', () => {
    const all = `${inWords(nodes)} nodes and ${inWords(episodes)} episodes`
    it(
      `deletes a scope whole, and for good: ${all}`,
      () =>
        withReopening(harness, async (backend, reopen) => {
          await fillOther(backend)
          await fillNodes(backend, nodes)
          await fillEpisodes(backend, episodes)
          expect(await counts(backend), 'the control').toEqual([nodes, episodes])
          expect(await backend.deleteScope(acme)).toBe(nodes + episodes)
          await expectOthersOnly(backend)
          expect(await backend.deleteScope(acme)).toBe(0)
          if (capabilities.durable) await expectOthersOnly(await reopen())
        }),
      timeout,
    )

    it(
      `deletes every one of ${inWords(nodes)} ids in one call, and no other`,
      () =>
        withBackend(harness, async (backend) => {
          await fillOther(backend)
          await fillNodes(backend, nodes)
          const ids = Array.from({ length: nodes }, (_, index) => `n${index}`)
          const [first = '', ...rest] = ids
          expect(await backend.deleteNodes(acme, ['nowhere', ...rest, 'n1'])).toBe(nodes - 1)
          expect(idsOf(await backend.getNodes(acme))).toEqual([first])
          expect((await backend.getEmbeddings(acme)).nodeIds).toEqual([first])
          expect(await backend.deleteNodes(acme, ids)).toBe(1)
          await expectOthersOnly(backend)
        }),
      timeout,
    )
  })
}

async function counts(backend: MemoryBackend): Promise<readonly number[]> {
  return [await backend.countNodes(acme), await backend.countEpisodes(acme)]
}

/** Nothing is left of the scope in any read, and all of the other. */
async function expectOthersOnly(backend: MemoryBackend): Promise<void> {
  expect(await counts(backend)).toEqual([0, 0])
  expect(await drain(backend.scanNodes(acme))).toEqual([])
  expect(await drain(backend.scanEpisodes(acme))).toEqual([])
  expect(await backend.vectorSearch(axis(1), acme, { minScore: -1 })).toEqual([])
  expect(await backend.searchEpisodes(axis(1), acme, { minScore: -1 })).toEqual([])
  expect((await backend.getEmbeddings(acme)).rows).toBe(0)
  expect((await backend.getEpisodeEmbeddings(acme)).rows).toBe(0)
  expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 5, episodes: 1, vectors: 6 })
  expect(idsOf(await backend.getNodes(other))).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
  expect(idsOf(await backend.getEpisodes(other))).toEqual(['e0'])
}

/** Records of another owner, whose ids the scope has too. */
async function fillOther(backend: MemoryBackend): Promise<void> {
  const changes = { ...other, embedding: axis(1) }
  await backend.insertNodes(sampleNodes(5, 'n', changes))
  await backend.insertEpisodes([sampleEpisode('e0', changes)])
}

function fillNodes(backend: MemoryBackend, count: number): Promise<void> {
  return inBatches(count, async (ids) => {
    await backend.insertNodes(ids.map((id) => sampleNode(`n${id}`, { embedding: axis(1) })))
  })
}

function fillEpisodes(backend: MemoryBackend, count: number): Promise<void> {
  return inBatches(count, async (ids) => {
    await backend.insertEpisodes(ids.map((id) => sampleEpisode(`e${id}`, { embedding: axis(1) })))
  })
}

/** Calls back with the numbers from 0 to `count`, a batch at a time. */
async function inBatches(count: number, insert: (ids: readonly number[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += batchSize) {
    await insert(Array.from({ length: Math.min(batchSize, count - from) }, (_, index) => from + index))
  }
}
