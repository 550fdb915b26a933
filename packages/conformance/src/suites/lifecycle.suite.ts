import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode } from '../expect-rejection.js'
import { allOperations } from '../operations.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { usualDimensions, withBackend } from '../with-backend.js'

const model = { provider: 'test', model: 'axis', dimensions: usualDimensions }

/** Every operation when the backend is open, and after `close`. */
export function lifecycleSuite(harness: BackendHarness): void {
  describe('lifecycle', () => {
    it('runs every operation when open, or rejects it when its capability is false', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const { name, capability, run } of allOperations) {
          if (capability !== undefined && !harness.capabilities[capability]) {
            await expectCode('NOT_SUPPORTED', () => run(backend, acme), name)
          } else await run(backend, acme)
        }
        await backend.admin.setEmbeddingModel(model)
        expect(backend.embeddingModel).toEqual(model)
      }))

    it('rejects every operation with CLOSED after close', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        await backend.close()
        for (const { name, run } of allOperations) await expectCode('CLOSED', () => run(backend, acme), name)
        await expectCode('CLOSED', () => backend.admin.setEmbeddingModel(model), 'setEmbeddingModel')
        await expectCode('CLOSED', () => backend.withScope(acme).getNodes(), 'through a handle')
        // Not even for a scope that names nobody, or for a question whose answer is known to be empty.
        for (const { name, run } of allOperations) await expectCode('CLOSED', () => run(backend, {}), name)
        await expectCode('CLOSED', () => backend.getNodes(acme, { limit: 0 }))
        await expectCode('CLOSED', () => backend.insertNodes([]))
      }))

    it('rejects the rest of a scan with CLOSED when it is closed in between', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(5))
        const scan = backend.scanNodes(acme, { batchSize: 2 })
        expect((await scan.next()).done).toBe(false)
        await backend.close()
        await expectCode('CLOSED', () => scan.next())
      }))

    it('can be closed again, at the same time and by dispose', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a'))
        await Promise.all([backend.close(), backend.close()])
        expect(await backend.close()).toBeUndefined()
        await backend[Symbol.asyncDispose]()
      }))

    it('closes by dispose', () =>
      withBackend(harness, async (backend) => {
        await backend[Symbol.asyncDispose]()
        await expectCode('CLOSED', () => backend.getNodes(acme))
      }))

    it('waits for calls in flight when it closes', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(3, 'old', { embedding: axis(1) }))
        const order: string[] = []
        const writes = [0, 1, 2].map((index) =>
          backend.insertNodes(sampleNodes(20, `w${index}-`)).then((result) => {
            order.push('write')
            return result.inserted
          }),
        )
        const search = backend.vectorSearch(axis(1), acme).then((found) => {
          order.push('search')
          return found.length
        })
        const closed = backend.close().then(() => order.push('closed'))
        expect(await Promise.all(writes)).toEqual([20, 20, 20])
        expect(await search).toBe(3)
        await closed
        expect(order).toHaveLength(5)
        expect(order.at(-1)).toBe('closed')
      }))

    it('lives on after calls that were refused', () =>
      withBackend(harness, async (backend) => {
        await expectCode('SCOPE_REQUIRED', () => backend.insertNode(sampleNode('x', { tenantId: null })))
        await expectCode('DIMENSION_MISMATCH', () => backend.vectorSearch([1, 2], acme))
        await backend.insertNode(sampleNode('a'))
        await expectCode('DUPLICATE_ID', () => backend.insertNode(sampleNode('a')))
        await backend.insertNode(sampleNode('b'))
        expect(idsOf(await backend.getNodes(acme))).toEqual(['a', 'b'])
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([sampleNode('a', { embedding: axis(0) }), sampleNode('b')])
  await backend.insertEpisodes([sampleEpisode('a', { embedding: axis(0) })])
}
