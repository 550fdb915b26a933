import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** Deletions by id and of a whole scope, or `NOT_SUPPORTED`. */
export function deleteSuite(harness: BackendHarness): void {
  describe('delete', () => {
    if (!harness.capabilities.delete) {
      it('is not supported, as declared, and deletes nothing', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          const before = await backend.admin.fingerprint()
          await expectCode('NOT_SUPPORTED', () => backend.deleteNodes(acme, ['a']))
          await expectCode('NOT_SUPPORTED', () => backend.deleteEpisodes(acme, ['a']))
          await expectCode('NOT_SUPPORTED', () => backend.deleteScope(acme))
          await expectCode('NOT_SUPPORTED', () => backend.withScope(acme).deleteNodes(['a']))
          expect(await backend.admin.fingerprint()).toEqual(before)
        }))
      return
    }

    it('deletes nodes and their vectors, and says how many there were', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(await backend.deleteNodes(acme, ['a', 'nowhere', 'a', '%', 'c\0'])).toBe(1)
        expect(await backend.getNode(acme, 'a')).toBeUndefined()
        expect(idsOf(await backend.getNodes(acme))).toEqual(['b', 'c'])
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['b', 'c'])
        expect((await backend.vectorSearch(axis(0), acme)).map(({ node }) => node.id)).toEqual(['b', 'c'])
        expect(await backend.deleteNodes(acme, ['a'])).toBe(0)
        expect(await backend.deleteNodes(acme, [])).toBe(0)
        expect(await backend.countEpisodes(acme)).toBe(1)
        expect(await backend.getNode({ tenantId: 'other' }, 'a')).toMatchObject({ id: 'a' })
      }))

    it('deletes nothing outside the scope', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        for (const scope of [
          {},
          { tenantId: 'acm_' },
          { tenantId: 'acme ' },
          { userId: 'acme' },
          { tenantId: '%' },
        ]) {
          expect(await backend.deleteNodes(scope, ['a', 'b', 'c'])).toBe(0)
          expect(await backend.deleteEpisodes(scope, ['a'])).toBe(0)
          expect(await backend.deleteScope(scope)).toBe(0)
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
      }))

    it('puts a node that is inserted again at the end', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        await backend.deleteNodes(acme, ['a'])
        await backend.insertNode(sampleNode('a'))
        expect(idsOf(await backend.getNodes(acme))).toEqual(['b', 'c', 'a'])
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(['b', 'c'])
      }))

    it('deletes episodes', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(await backend.deleteEpisodes(acme, ['a', 'b'])).toBe(1)
        expect(await backend.countEpisodes(acme)).toBe(0)
        expect((await backend.getEpisodeEmbeddings(acme)).rows).toBe(0)
        expect(await backend.countEpisodes({ tenantId: 'other' })).toBe(1)
        expect(await backend.countNodes(acme)).toBe(3)
      }))

    it('deletes a scope whole, at any size, nodes and episodes', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        await backend.insertNodes(sampleNodes(1_500, 'many', { embedding: axis(1) }))
        expect(await backend.deleteScope(acme)).toBe(1_504)
        expect(await backend.countNodes(acme)).toBe(0)
        expect(await backend.getEpisodes(acme)).toEqual([])
        expect(await backend.deleteScope(acme)).toBe(0)
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 2, episodes: 1 })
      }))

    it('deletes what a user has inside tenants too', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([
          sampleNode('1', { userId: 'kim' }),
          sampleNode('2', { userId: 'lee' }),
          sampleNode('3', { tenantId: null, userId: 'kim' }),
          sampleNode('4', { tenantId: 'other', userId: 'kim' }),
        ])
        await backend.insertEpisodes([sampleEpisode('e', { userId: 'kim' }), sampleEpisode('f')])
        expect(await backend.deleteScope({ userId: 'kim' })).toBe(4)
        expect(idsOf(await backend.getNodes(acme))).toEqual(['2'])
        expect(idsOf(await backend.getEpisodes(acme))).toEqual(['f'])
        expect(await backend.countNodes({ tenantId: 'other' })).toBe(0)
      }))

    it('neither skips nor repeats the others when some are deleted during a scan', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(8))
        const scan = backend.scanNodes(acme, { batchSize: 2 })
        const first = await scan.next()
        const seen = first.done ? [] : idsOf(first.value.nodes)
        await backend.deleteNodes(acme, ['n0', 'n1', 'n4'])
        expect([...seen, ...idsOf(await drainNodes(scan))]).toEqual([
          'n0',
          'n1',
          'n2',
          'n3',
          'n5',
          'n6',
          'n7',
        ])
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes(['a', 'b', 'c'].map((id) => sampleNode(id, { embedding: axis(0) })))
  const other = { tenantId: 'other' }
  await backend.insertNodes([sampleNode('a', other), sampleNode('b', other)])
  await backend.insertEpisodes([sampleEpisode('a', { embedding: axis(0) }), sampleEpisode('a', other)])
}
