import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'
import { updateValues } from './update-values.suite.js'

/** Changes to nodes that are there, or `NOT_SUPPORTED`. */
export function updateSuite(harness: BackendHarness): void {
  describe('update', () => {
    if (!harness.capabilities.update) {
      it('is not supported, as declared, and changes nothing', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          const before = await backend.admin.fingerprint()
          await expectCode('NOT_SUPPORTED', () => backend.updateNode(acme, 'a', { source: 'x' }))
          await expectCode('NOT_SUPPORTED', () => backend.recordAccess(acme, ['a']))
          await expectCode('NOT_SUPPORTED', () => backend.assignClusters(acme, [{ id: 'a', clusterId: 1 }]))
          await expectCode('NOT_SUPPORTED', () => backend.withScope(acme).updateNode('a', { source: 'x' }))
          expect(await backend.admin.fingerprint()).toEqual(before)
        }))
      return
    }

    it('changes the fields that a patch names, and no others', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.getNode(acme, 'a')
        const patch = {
          humanContent: 'new',
          conversationId: 'c2',
          hasCode: true,
          tags: { domains: [], topics: ['t'], entities: [], processes: [] },
          metadata: { only: 'this' },
          createdAt: '2025-01-01T00:00:00',
          clusterId: 9,
          accessCount: 5,
        }
        expect(await backend.updateNode(acme, 'a', patch)).toBe(true)
        expect(await backend.getNode(acme, 'a')).toEqual({ ...before, ...patch })
        expect(
          await backend.countNodes(acme, { filter: { conversationId: 'c2', tags: 't', hasCode: true } }),
        ).toBe(1)
        expect(await backend.countNodes(acme, { filter: { clusterId: 1 } })).toBe(0)
        expect([...(await backend.getClusterInfo(acme)).keys()]).toEqual([9])
        expect(idsOf(await backend.getNodes(acme))).toEqual(['a', 'b'])
        expect(await backend.updateNode(acme, 'a', {})).toBe(true)
        expect(await backend.getNode(acme, 'a')).toEqual({ ...before, ...patch })
      }))

    updateValues(harness)

    it('sets, leaves and takes away the vector', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        await backend.updateNode(acme, 'a', { source: 'x' })
        expect((await backend.getEmbeddings(acme)).data).toEqual(axis(0))
        await backend.updateNode(acme, 'b', { embedding: axis(1) })
        await backend.updateNode(acme, 'a', { embedding: [0, 0, 3, 0, 0, 0, 0, 0] })
        expect((await backend.getEmbeddings(acme)).data).toEqual(
          Float32Array.of(...axis(2, 8, 3), ...axis(1)),
        )
        expect((await backend.vectorSearch(axis(2), acme, { topK: 1 }))[0]).toMatchObject({ score: 1 })
        await backend.updateNode(acme, 'a', { embedding: null })
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['b'])
        expect((await backend.vectorSearch(axis(2), acme, { minScore: 0.5 })).length).toBe(0)
      }))

    it('changes nothing outside the scope, and says so', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        for (const [scope, id] of [
          [{ tenantId: 'nobody' }, 'a'],
          [{ tenantId: 'acm%' }, 'a'],
          [{ userId: 'acme' }, 'a'],
          [acme, 'nowhere'],
          [acme, '%'],
          [acme, 'a\0'],
          [{}, 'a'],
        ] as const) {
          expect(await backend.updateNode(scope, id, { source: 'x' })).toBe(false)
          await backend.recordAccess(scope, [id])
          expect(await backend.assignClusters(scope, [{ id, clusterId: 3 }])).toBe(0)
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
        expect(await backend.updateNode(acme, 'a', { source: 'mine' })).toBe(true)
        expect((await backend.getNode({ tenantId: 'other' }, 'a'))?.source).toBe('unknown')
      }))

    it('refuses to change the id or the owner, and bad values, and changes nothing', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        const update = (patch: unknown) => () => backend.updateNode(acme, 'a', untyped(patch))
        for (const name of ['id', 'tenantId', 'userId', 'tenant_id', 'user_id']) {
          await expectCode('INVALID_NODE', update({ source: 'x', [name]: 'other' }), name)
        }
        await expectCode('INVALID_NODE', update({ source: 'x', hasCode: 'yes' }))
        await expectCode('INVALID_NODE', update(null))
        await expectCode('INVALID_EMBEDDING', update({ source: 'x', embedding: [Number.NaN] }))
        await expectCode('DIMENSION_MISMATCH', update({ source: 'x', embedding: axis(0, 9) }))
        expect(await backend.admin.fingerprint()).toEqual(before)
      }))

    it('counts accesses once per id and call, and notes the time', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const start = Date.now()
        expect(await backend.recordAccess(acme, ['a', 'a', 'nowhere'])).toBeUndefined()
        await backend.recordAccess(acme, ['a', 'b'])
        await backend.recordAccess(acme, [])
        const [a, b] = await backend.getNodes(acme)
        expect([a?.accessCount, b?.accessCount]).toEqual([2, 1])
        for (const node of [a, b]) {
          const time = Date.parse(node?.lastAccessed ?? '')
          expect(time).toBeGreaterThanOrEqual(start)
          expect(time).toBeLessThanOrEqual(Date.now())
        }
        expect((await backend.getNode({ tenantId: 'other' }, 'a'))?.accessCount).toBe(0)
        await Promise.all(Array.from({ length: 20 }, () => backend.recordAccess(acme, ['b'])))
        expect((await backend.getNode(acme, 'b'))?.accessCount).toBe(21)
      }))

    it('assigns clusters, with label and confidence where they are given', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const entries = [
          { id: 'b', clusterId: 4, label: 'four', confidence: 0.25 },
          { id: 'nowhere', clusterId: 4 },
          { id: 'a', clusterId: -1 },
        ]
        expect(await backend.assignClusters(acme, entries)).toBe(2)
        expect(await backend.getNode(acme, 'b')).toMatchObject({
          clusterId: 4,
          clusterLabel: 'four',
          clusterConfidence: 0.25,
        })
        expect(await backend.getNode(acme, 'a')).toMatchObject({
          clusterId: -1,
          clusterLabel: 'one',
          clusterConfidence: 0.75,
        })
        expect([...(await backend.getClusterInfo(acme))]).toEqual([
          [-1, [0]],
          [4, [1]],
        ])
        expect([...(await backend.getClusterInfo({ tenantId: 'other' })).keys()]).toEqual([1])
        expect(await backend.assignClusters(acme, [])).toBe(0)
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  const clustered = {
    clusterId: 1,
    clusterLabel: 'one',
    clusterConfidence: 0.75,
    metadata: { old: 1 },
    extra: { future: [1] },
  }
  // Nothing of it is what a field has when nothing is said.
  const said = { source: 'claude', sequenceIndex: 7, hasError: true, technicalDepth: 4 }
  await backend.insertNodes([
    sampleNode('a', { ...clustered, ...said, embedding: axis(0) }),
    sampleNode('b'),
    sampleNode('a', { ...clustered, tenantId: 'other', embedding: axis(0) }),
  ])
}
