import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import { awkwardNames, impossibleNames } from '../awkward-names.js'
import type { BackendHarness } from '../backend-harness.js'
import { axis, sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'
import { sameNames } from './same-names.suite.js'

/** No write reaches a record of another owner, whatever the owners are called. */
export function isolationOfWritesSuite(harness: BackendHarness): void {
  describe('isolation of writes', () => {
    it.each(['tenantId', 'userId'] as const)('replaces the own record only (%s)', (field) =>
      withBackend(harness, async (backend) => {
        await fill(backend, field)
        for (const [index, name] of awkwardNames.entries()) {
          const mine = sampleNode('shared', { ...ownerOf(field, name), source: `of ${index}` })
          const result = await backend.insertNodes([mine], { onConflict: 'replace' })
          expect(result, JSON.stringify(name)).toEqual({ inserted: 0, replaced: 1, ignored: 0 })
        }
        for (const [index, name] of awkwardNames.entries()) {
          expect((await backend.getNode({ [field]: name }, 'shared'))?.source).toBe(`of ${index}`)
        }
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: awkwardNames.length })
      }),
    )

    sameNames(harness)

    if (harness.capabilities.update) {
      it.each(['tenantId', 'userId'] as const)('changes the own record only (%s)', (field) =>
        withBackend(harness, async (backend) => {
          await fill(backend, field)
          for (const [index, name] of awkwardNames.entries()) {
            const scope = { [field]: name }
            const what = JSON.stringify(name)
            expect(await backend.updateNode(scope, 'shared', { source: `of ${index}` }), what).toBe(true)
            expect(await backend.assignClusters(scope, [{ id: 'shared', clusterId: index }]), what).toBe(1)
            await backend.recordAccess(scope, ['shared'])
          }
          for (const [index, name] of awkwardNames.entries()) {
            expect(await backend.getNode({ [field]: name }, 'shared'), JSON.stringify(name)).toMatchObject({
              source: `of ${index}`,
              clusterId: index,
              accessCount: 1,
            })
          }
        }),
      )
    }

    if (!harness.capabilities.delete) return

    it.each(['tenantId', 'userId'] as const)('deletes the own records only (%s)', (field) =>
      withBackend(harness, async (backend) => {
        await fill(backend, field)
        for (const [index, name] of awkwardNames.entries()) {
          const scope = { [field]: name }
          const what = JSON.stringify(name)
          // By id and by scope in turn, so that each has every other owner before and after it.
          if (index % 2 === 0) expect(await backend.deleteScope(scope), what).toBe(2)
          else {
            expect(await backend.deleteNodes(scope, ['shared']), what).toBe(1)
            expect(await backend.deleteEpisodes(scope, ['shared']), what).toBe(1)
          }
          const left = awkwardNames.length - index - 1
          expect(await backend.admin.fingerprint(), what).toMatchObject({ nodes: left, episodes: left })
        }
      }),
    )

    it('reaches nothing for a name that no owner can have', () =>
      withBackend(harness, async (backend) => {
        await fill(backend, 'tenantId')
        const before = await backend.admin.fingerprint()
        for (const name of impossibleNames) {
          for (const scope of [{ tenantId: name }, { userId: name }]) {
            expect(await backend.deleteScope(scope), JSON.stringify(scope)).toBe(0)
            expect(await backend.deleteNodes(scope, ['shared'])).toBe(0)
            expect(await backend.deleteEpisodes(scope, ['shared'])).toBe(0)
          }
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
        expect(before.nodes).toBe(awkwardNames.length)
      }))
  })
}

function ownerOf(field: 'tenantId' | 'userId', name: string) {
  return { tenantId: null, userId: null, [field]: name }
}

async function fill(backend: MemoryBackend, field: 'tenantId' | 'userId'): Promise<void> {
  const owners = awkwardNames.map((name) => ownerOf(field, name))
  await backend.insertNodes(owners.map((owner) => sampleNode('shared', { ...owner, embedding: axis(0) })))
  await backend.insertEpisodes(owners.map((owner) => sampleEpisode('shared', owner)))
}
