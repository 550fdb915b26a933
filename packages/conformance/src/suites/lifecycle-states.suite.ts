import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode } from '../expect-rejection.js'
import { allOperations, type Operation } from '../operations.js'
import { acme, axis, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend, withReopening } from '../with-backend.js'

/**
 * Each operation in the states that a backend has besides open and closed. There is none before open: a backend is
 * only handed out when it is open.
 */
export function lifecycleStatesSuite(harness: BackendHarness): void {
  describe('lifecycle states', () => {
    it('rejects every operation with CLOSED from the moment of close, before it is done', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        // A write that has not settled keeps the backend closing.
        const writing = backend.insertNodes(sampleNodes(200, 'slow', { embedding: axis(0) }))
        let isClosed = false
        const closing = backend.close().then(() => {
          isClosed = true
        })
        const rejections = allOperations.map(({ name, run }) =>
          expectCode('CLOSED', () => run(backend, acme), `${name} while closing`),
        )
        expect(isClosed, 'it was still closing').toBe(false)
        await Promise.all(rejections)
        // The control: what was begun before is done.
        expect((await writing).inserted).toBe(200)
        await closing
      }))

    it('takes away a handle with the backend that gave it', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const memory = backend.withScope(acme)
        expect(await memory.countNodes()).toBe(2)
        await backend.close()
        for (const call of [
          () => memory.getNode('a'),
          () => memory.countNodes(),
          () => memory.vectorSearch(axis(0)),
          () => memory.insertNode({ humanContent: '', assistantContent: '' }),
          () => memory.scanNodes().next(),
          () => memory.deleteNodes(['a']),
        ]) {
          await expectCode('CLOSED', call)
        }
      }))

    if (!harness.capabilities.durable) return

    it('runs every operation when it is opened again, and leaves the old backend closed', () =>
      withReopening(harness, async (backend, reopen) => {
        await fill(backend)
        const again = await reopen()
        for (const { name, run } of allOperations) {
          await expectCode('CLOSED', () => run(backend, acme), `${name} of the old one`)
        }
        for (const operation of allOperations) await expectOpen(harness, again, operation)
      }))

    it('can be opened again many times, unused in between', () =>
      withReopening(harness, async (backend, reopen) => {
        await fill(backend)
        let current = backend
        for (let round = 0; round < 3; round++) current = await reopen()
        expect(await current.countNodes(acme)).toBe(2)
        expect(await current.countEpisodes(acme)).toBe(1)
      }))
  })
}

async function expectOpen(
  { capabilities }: BackendHarness,
  backend: MemoryBackend,
  { name, capability, run }: Operation,
): Promise<void> {
  if (capability === undefined || capabilities[capability]) await run(backend, acme)
  else await expectCode('NOT_SUPPORTED', () => run(backend, acme), name)
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([sampleNode('a', { embedding: axis(0) }), sampleNode('b')])
  await backend.insertEpisodes([sampleEpisode('a', { embedding: axis(0) })])
}
