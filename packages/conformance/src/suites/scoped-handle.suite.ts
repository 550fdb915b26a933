import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { directReader, viewOf } from '../scope-view.js'
import { withBackend } from '../with-backend.js'

const ask = { nodeIds: ['a', 'b', 'x', 'nowhere'], episodeIds: ['a', 'x'], query: axis(0) }
const scopes = [{ tenantId: 'acme' }, { tenantId: 'other' }, { userId: 'kim' }, { tenantId: 'nobody' }, {}]

/** The handle of `withScope`: the same reads, and writes for its own owner only. */
export function scopedHandleSuite(harness: BackendHarness): void {
  describe('scoped handle', () => {
    it('reads what the backend reads in its scope', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const scope of scopes) {
          const through = await viewOf(backend.withScope(scope), ask)
          expect(through, JSON.stringify(scope)).toEqual(await viewOf(directReader(backend, scope), ask))
        }
        expect((await viewOf(backend.withScope(acme), ask)).listed).toHaveLength(2)
        const handle = backend.withScope(acme)
        expect(await handle.getNode('a')).toEqual(await backend.getNode(acme, 'a'))
        const options = { topK: 1, filter: { ids: ['b'] } }
        expect(await handle.vectorSearch(axis(0), options)).toEqual(
          await backend.vectorSearch(axis(0), acme, options),
        )
      }))

    it('fills in the owner', () =>
      withBackend(harness, async (backend) => {
        const tenant = backend.withScope(acme)
        const content = { humanContent: 'q', assistantContent: 'a' }
        await tenant.insertNode({ ...content, id: 'one' })
        await tenant.insertNodes([
          { ...content, id: 'two', tenantId: 'acme' },
          { ...content, id: 'three', userId: 'kim' },
        ])
        await tenant.insertEpisodes([{ id: 'e', messages: [] }])
        expect((await tenant.getNodes()).map(({ tenantId, userId }) => [tenantId, userId])).toEqual([
          ['acme', null],
          ['acme', null],
          ['acme', 'kim'],
        ])
        expect(await tenant.getEpisode('e')).toMatchObject({ tenantId: 'acme', userId: null })
        const user = backend.withScope({ userId: 'kim' })
        await user.insertNodes([{ ...content, id: 'one' }])
        expect(await user.getNodes()).toMatchObject([
          { id: 'three', tenantId: 'acme', userId: 'kim' },
          { id: 'one', tenantId: null, userId: 'kim' },
        ])
        const both = backend.withScope({ tenantId: 'acme', userId: 'lee' })
        await both.insertNode({ ...content, id: 'four' })
        expect(await tenant.getNode('four')).toMatchObject({ tenantId: 'acme', userId: 'lee' })
      }))

    it("refuses another owner's record, and the whole batch with it", () =>
      withBackend(harness, async (backend) => {
        const tenant = backend.withScope(acme)
        const user = backend.withScope({ userId: 'kim' })
        const mine = sampleNode('mine', { tenantId: undefined })
        const cases = [
          () => tenant.insertNode(sampleNode('x', { tenantId: 'other' })),
          () => tenant.insertNodes([mine, sampleNode('x', { tenantId: 'acme2' })]),
          () => tenant.insertEpisodes([sampleEpisode('x', { tenantId: 'Acme' })]),
          () => user.insertNodes([mine, sampleNode('x', { tenantId: undefined, userId: 'lee' })]),
          () => user.insertNode(sampleNode('x', { tenantId: 'kim' })),
          () => user.insertEpisodes([sampleEpisode('x', { tenantId: 'acme', userId: 'kim' })]),
        ]
        for (const [index, insert] of cases.entries())
          await expectCode('SCOPE_MISMATCH', insert, `case ${index}`)
        expect(await backend.admin.listScopes()).toEqual([])
        await tenant.insertNode(mine)
        expect(await backend.countNodes(acme)).toBe(1)
      }))

    it('writes nothing when its scope names nobody', () =>
      withBackend(harness, async (backend) => {
        const nobody = backend.withScope({ tenantId: '', userId: null })
        await expectCode('SCOPE_REQUIRED', () => nobody.insertNode(sampleNode('x')))
        await expectCode('SCOPE_REQUIRED', () => nobody.insertNodes([sampleNode('x')]))
        await expectCode('SCOPE_REQUIRED', () => nobody.insertEpisodes([sampleEpisode('x')]))
        expect(await backend.admin.listScopes()).toEqual([])
      }))

    it('keeps its scope when the object it was made from, or its own, is written to', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const scope = { tenantId: 'acme' }
        const handle = backend.withScope(scope)
        scope.tenantId = 'other'
        Reflect.set(handle.scope, 'tenantId', 'other')
        expect(idsOf(await handle.getNodes())).toEqual(['a', 'b'])
        expect(idsOf(await backend.getNodes(scope))).toEqual(['x'])
      }))

    it('has no cross-scope call at hand', () =>
      withBackend(harness, async (backend) => {
        const handle: object = backend.withScope(acme)
        for (const name of ['admin', 'backend', 'withScope', 'close'])
          expect(name in handle, name).toBe(false)
        expect(Object.values(handle)).not.toContain(backend)
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([
    sampleNode('a', { embedding: axis(0), clusterId: 1, userId: 'kim' }),
    sampleNode('b', { embedding: axis(1), clusterId: -1 }),
    sampleNode('x', { tenantId: 'other', embedding: axis(0), clusterId: 1 }),
    sampleNode('a', { tenantId: null, userId: 'kim', humanContent: 'mine', embedding: axis(0) }),
  ])
  await backend.insertEpisodes([
    sampleEpisode('a', { embedding: axis(0), userId: 'kim' }),
    sampleEpisode('x', { tenantId: 'other', embedding: axis(0) }),
  ])
}
