import type { MemoryBackend, ScopeSummary } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainRecords } from '../drain.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { acme, axis, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { usualDimensions, withBackend } from '../with-backend.js'

/** The cross-scope operations of operators, apart from moving data: see the suite of export and import. */
export function adminSuite(harness: BackendHarness): void {
  describe('admin', () => {
    it('lists tenants, then users, in code unit order, and how much each sees', () =>
      withBackend(harness, async (backend) => {
        const tenants = ['b', 'B', 'é', '\u{1f600}', '\uff5a', '10', '1', ' ', '%']
        await backend.insertNodes(tenants.map((tenantId) => sampleNode('n', { tenantId })))
        await backend.insertNodes([
          sampleNode('m', { tenantId: 'b', userId: 'kim' }),
          sampleNode('m', { tenantId: '1', userId: 'kim' }),
          sampleNode('m', { tenantId: null, userId: 'kim' }),
          sampleNode('m', { tenantId: null, userId: 'b' }),
        ])
        await backend.insertEpisodes([
          sampleEpisode('e', { tenantId: 'b' }),
          sampleEpisode('e', { tenantId: 'episodes only', userId: 'kim' }),
        ])
        expect((await backend.admin.listScopes()).map(plain)).toEqual([
          [' ', null, 1, 0],
          ['%', null, 1, 0],
          ['1', null, 2, 0],
          ['10', null, 1, 0],
          ['B', null, 1, 0],
          ['b', null, 2, 1],
          ['episodes only', null, 0, 1],
          ['é', null, 1, 0],
          ['\u{1f600}', null, 1, 0],
          ['\uff5a', null, 1, 0],
          [null, 'b', 1, 0],
          [null, 'kim', 3, 1],
        ])
        // Each can be used as it stands.
        for (const { scope, nodes, episodes } of await backend.admin.listScopes()) {
          expect(await backend.countNodes(scope)).toBe(nodes)
          expect(await backend.countEpisodes(scope)).toBe(episodes)
        }
      }))

    it('fingerprints what is there: every change counts, the way it came does not', () =>
      withBackend(harness, (first) =>
        withBackend(harness, async (second) => {
          const nodes = sampleNodes(4, 'n', { embedding: axis(0) })
          await first.insertNodes(nodes)
          for (const node of nodes) await second.insertNode(node)
          expect(await first.admin.fingerprint()).toEqual(await second.admin.fingerprint())
          const seen = new Set([(await first.admin.fingerprint()).sha256])
          const changes = [
            sampleNode('n0', { embedding: axis(1) }),
            sampleNode('n0'),
            sampleNode('n0', { embedding: axis(0), clusterId: 3 }),
            sampleNode('n0', { embedding: axis(0), userId: 'kim' }),
            sampleNode('n0', { embedding: axis(0), humanContent: 'changed' }),
          ]
          for (const change of changes) {
            await first.insertNodes([change], { onConflict: 'replace' })
            seen.add((await first.admin.fingerprint()).sha256)
          }
          expect(seen.size).toBe(changes.length + 1)
          await first.insertNodes(nodes, { onConflict: 'replace' })
          expect(await first.admin.fingerprint()).toEqual(await second.admin.fingerprint())
        }),
      ))

    it('fingerprints one scope', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint({ scope: acme })
        expect(before).toMatchObject({ nodes: 2, episodes: 1, vectors: 2 })
        await backend.insertNode(sampleNode('more', { tenantId: 'other' }))
        expect(await backend.admin.fingerprint({ scope: acme })).toEqual(before)
        await backend.insertNode(sampleNode('more'))
        expect(await backend.admin.fingerprint({ scope: acme })).not.toEqual(before)
      }))

    it('remembers the embedding model and refuses another one', () =>
      withBackend(harness, async (backend) => {
        const model = { provider: 'test', model: 'axis', dimensions: usualDimensions }
        expect(backend.embeddingModel).toBeUndefined()
        await backend.admin.setEmbeddingModel(model)
        await backend.admin.setEmbeddingModel({ ...model })
        for (const change of [
          { provider: 'other' },
          { model: 'other' },
          { dimensions: usualDimensions + 1 },
        ]) {
          const other = { ...model, ...change }
          await expectCode('EMBEDDING_MISMATCH', () => backend.admin.setEmbeddingModel(other))
        }
        expect(backend.embeddingModel).toEqual(model)
        await expectMistake(TypeError, () => backend.admin.setEmbeddingModel(untyped({ model: 'x' })))
      }))

    it('verifies, counts and compacts, or says that it cannot', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const { admin } = backend
        if (!harness.capabilities.maintenance) {
          await expectCode('NOT_SUPPORTED', () => admin.verify())
          await expectCode('NOT_SUPPORTED', () => admin.stats())
          await expectCode('NOT_SUPPORTED', () => admin.compact())
          return
        }
        const model = { provider: 'test', model: 'axis', dimensions: usualDimensions }
        await admin.setEmbeddingModel(model)
        const before = await admin.fingerprint()
        expect(await admin.verify()).toEqual({ problems: [] })
        const stats = await admin.stats()
        expect(stats).toMatchObject({ nodes: 4, episodes: 2, unowned: 0 })
        expect(stats.bytes).toBeGreaterThan(0)
        expect(await admin.compact()).toBeUndefined()
        expect(await admin.fingerprint()).toEqual(before)
        expect(backend.embeddingModel).toEqual(model)
        await backend.insertNode(sampleNode('after'))
        expect(await admin.stats()).toMatchObject({ nodes: 5 })
        expect(await admin.verify()).toEqual({ problems: [] })
      }))

    it('refuses options that are none', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const options of [
          { after: 'x' },
          { after: 1 },
          { batchSize: '2' },
          { Scope: acme },
          { scope: 1 },
        ]) {
          const what = JSON.stringify(options)
          await expectMistake(TypeError, () => drain(backend.admin.exportAll(untyped(options))), what)
        }
        await expectMistake(RangeError, () => drain(backend.admin.exportAll({ batchSize: 0 })))
        await expectMistake(TypeError, () => backend.admin.listScopes(untyped({ scope: acme })))
        expect(await drainRecords(backend.admin.exportAll({ scope: { tenantId: 'nobody' } }))).toEqual([])
      }))
  })
}

function plain({ scope, nodes, episodes }: ScopeSummary) {
  return [scope.tenantId ?? null, scope.userId ?? null, nodes, episodes]
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([
    sampleNode('a', { embedding: axis(0), metadata: { kept: [1] }, extra: { future: [1] } }),
    sampleNode('b', { userId: 'kim', clusterId: 2 }),
    sampleNode('a', { tenantId: 'other', embedding: axis(1) }),
    sampleNode('a', { tenantId: null, userId: 'kim' }),
  ])
  await backend.insertEpisodes([
    sampleEpisode('e', { embedding: axis(2) }),
    sampleEpisode('e', { tenantId: null, userId: 'kim' }),
  ])
}
