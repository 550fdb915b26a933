import type { MemoryBackend, Scope } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { scopedOperations } from '../operations.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

const scopesOfNobody: readonly Scope[] = [
  {},
  { tenantId: null },
  { userId: null },
  { tenantId: null, userId: null },
  { tenantId: '' },
  { userId: '' },
  { tenantId: '', userId: '' },
  untyped({ tenantId: undefined, userId: undefined }),
]

const wrongScopes: readonly unknown[] = [
  undefined,
  null,
  'acme',
  1,
  true,
  [],
  ['acme'],
  new Map([['tenantId', 'acme']]),
  { tenant_id: 'acme' },
  { user_id: 'kim' },
  { tenantId: 'acme', admin: true },
  { tenant: 'acme' },
  { tenantId: 1 },
  { tenantId: true },
  { tenantId: ['acme'] },
  { tenantId: { $ne: null } },
  { userId: 0 },
  { tenantId: 'acme', userId: 7 },
]

/** A scope that names nobody sees nothing; a scope that is no scope is a mistake. */
export function failSecureSuite(harness: BackendHarness): void {
  describe('fail secure', () => {
    it('answers every operation with nothing for a scope that names nobody, and changes nothing', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        for (const scope of scopesOfNobody) {
          for (const { name, capability, nothing, run } of scopedOperations) {
            const what = `${name} ${JSON.stringify(scope)}`
            if (capability !== undefined && !harness.capabilities[capability]) {
              await expectCode('NOT_SUPPORTED', () => run(backend, scope), what)
            } else if (typeof nothing === 'object' && !Array.isArray(nothing) && !(nothing instanceof Map)) {
              expect(await run(backend, scope), what).toMatchObject(nothing ?? {})
            } else expect(await run(backend, scope), what).toEqual(nothing)
          }
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
        expect(before.nodes).toBe(3)
      }))

    it('rejects a scope of the wrong type or with an unknown key as a mistake', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const before = await backend.admin.fingerprint()
        for (const scope of wrongScopes) {
          for (const { name, capability, run } of scopedOperations) {
            if (capability !== undefined && !harness.capabilities[capability]) continue
            await expectMistake(TypeError, () => run(backend, untyped(scope)), `${name} ${String(scope)}`)
          }
          await expectMistake(TypeError, async () => backend.withScope(untyped(scope)), 'withScope')
        }
        expect(await backend.admin.fingerprint()).toEqual(before)
      }))

    it('exports nothing for a scope that names nobody', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(await backend.admin.fingerprint({ scope: {} })).toMatchObject({ nodes: 0, episodes: 0 })
        expect(await backend.admin.fingerprint({ scope: acme })).toMatchObject({ nodes: 1, episodes: 1 })
      }))

    it('stores nothing that nobody owns', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const owner of [{}, { tenantId: null, userId: null }, { tenantId: '', userId: '' }]) {
          const nobody = { tenantId: undefined, ...owner }
          await expectCode('SCOPE_REQUIRED', () => backend.insertNode(sampleNode('x', nobody)))
          await expectCode('SCOPE_REQUIRED', () =>
            backend.insertNodes([sampleNode('y'), sampleNode('x', nobody)]),
          )
          await expectCode('SCOPE_REQUIRED', () => backend.insertEpisodes([sampleEpisode('x', nobody)]))
        }
        expect(idsOf(await backend.getNodes(acme))).toEqual(['a'])
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 3, episodes: 2 })
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([
    sampleNode('a', { embedding: axis(0), clusterId: 1 }),
    sampleNode('a', { tenantId: null, userId: 'kim', embedding: axis(0), clusterId: 1 }),
    sampleNode('a', { tenantId: 'null', userId: 'undefined', embedding: axis(0), clusterId: 1 }),
  ])
  await backend.insertEpisodes([
    sampleEpisode('a', { embedding: axis(0) }),
    sampleEpisode('a', { tenantId: null, userId: 'kim', embedding: axis(0) }),
  ])
}
