import { getEventListeners } from 'node:events'
import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectMistake, expectReason } from '../expect-rejection.js'
import { allOperations } from '../operations.js'
import { acme, axis, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'
import { abortedWrites } from './aborted-writes.suite.js'

/** Every operation takes a signal, rejects with its reason and leaves nothing hanging on it. */
export function abortSignalSuite(harness: BackendHarness): void {
  describe('abort signal', () => {
    it('rejects every operation with the reason of a signal that is aborted already, and does nothing', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        const reason = new Error('enough')
        const signal = AbortSignal.abort(reason)
        for (const { name, run } of allOperations) {
          await expectReason(reason, () => run(backend, acme, { signal }), name)
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
      }))

    it('ends a scan that is aborted between two batches', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(6))
        await backend.insertEpisodes(['a', 'b', 'c'].map((id) => sampleEpisode(id)))
        for (const scan of [
          (signal: AbortSignal) => backend.scanNodes(acme, { batchSize: 2, signal }),
          (signal: AbortSignal) => backend.scanEpisodes(acme, { batchSize: 2, signal }),
          (signal: AbortSignal) => backend.admin.exportAll({ batchSize: 2, signal }),
        ]) {
          const controller = new AbortController()
          const batches = scan(controller.signal)
          expect((await batches.next()).done).toBe(false)
          const reason = { why: 'stopped' }
          controller.abort(reason)
          await expectReason(reason, () => batches.next())
          expect((await batches.next()).done).toBe(true)
        }
        expect(await backend.countNodes(acme)).toBe(6)
      }))

    it('does the work of a signal that is never aborted, and takes its listeners away again', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const { signal } = new AbortController()
        for (const { name, capability, run } of allOperations) {
          if (capability !== undefined && !harness.capabilities[capability]) continue
          await run(backend, acme, { signal })
          expect(getEventListeners(signal, 'abort'), name).toHaveLength(0)
        }
        // Also where the call fails.
        const again = [sampleNode('new1'), sampleNode('new1', { tenantId: 'b' })]
        await backend.insertNodes(again, { signal, onConflict: 'ignore' })
        await backend.insertNodes(again, { signal }).catch(() => undefined)
        expect(getEventListeners(signal, 'abort')).toHaveLength(0)
      }))

    abortedWrites(harness)

    it('settles every operation that is aborted on its way, with the reason or the result', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const reason = new Error('enough')
        for (const { name, capability, run } of allOperations) {
          if (capability !== undefined && !harness.capabilities[capability]) continue
          for (const turns of [0, 1, 4]) {
            const controller = new AbortController()
            const { signal } = controller
            const running = run(backend, acme, { signal }).then(
              () => undefined,
              (error: unknown) => error,
            )
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            controller.abort(reason)
            const error = await running
            // The records of an insert are there from the turn before.
            const isThere = error instanceof Error && Reflect.get(error, 'code') === 'DUPLICATE_ID'
            if (error !== undefined && !isThere) expect(error, name).toBe(reason)
            expect(getEventListeners(signal, 'abort'), name).toHaveLength(0)
          }
        }
        // The control: the backend goes on.
        await backend.insertNode(sampleNode('after'))
        expect(await backend.getNode(acme, 'after')).toMatchObject({ id: 'after' })
      }))

    it('refuses a signal that is none', () =>
      withBackend(harness, async (backend) => {
        for (const signal of [null, true, {}, new AbortController(), { aborted: true }]) {
          const options = untyped({ signal })
          await expectMistake(TypeError, () => backend.getNodes(acme, options), 'getNodes')
          await expectMistake(TypeError, () => backend.insertNode(sampleNode('x'), options), 'insertNode')
        }
        expect(await backend.countNodes(acme)).toBe(0)
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([sampleNode('a', { embedding: axis(0) }), sampleNode('b')])
  await backend.insertEpisodes([sampleEpisode('a', { embedding: axis(0) })])
}
