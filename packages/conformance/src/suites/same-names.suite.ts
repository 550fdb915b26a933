import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** Writes of a tenant and of a user who are called the same: part of the suite of the isolation of writes. */
export function sameNames(harness: BackendHarness): void {
  const { update, delete: canDelete } = harness.capabilities
  if (!update && !canDelete) return
  it('takes no tenant for a user of the same name, nor the other way round', () =>
    withBackend(harness, async (backend) => {
      for (const [scope, other] of [
        [{ tenantId: 'kim' }, { userId: 'kim' }],
        [{ userId: 'lee' }, { tenantId: 'lee' }],
      ] as const) {
        const owner = { tenantId: null, userId: null, ...other }
        await backend.insertNode(sampleNode('n', owner))
        await backend.insertEpisodes([sampleEpisode('e', owner)])
        const before = await backend.admin.fingerprint()
        const what = JSON.stringify(scope)
        if (update) {
          expect(await backend.updateNode(scope, 'n', { source: 'x' }), what).toBe(false)
          expect(await backend.assignClusters(scope, [{ id: 'n', clusterId: 1 }]), what).toBe(0)
          await backend.recordAccess(scope, ['n'])
        }
        if (canDelete) {
          expect(await backend.deleteNodes(scope, ['n']), what).toBe(0)
          expect(await backend.deleteEpisodes(scope, ['e']), what).toBe(0)
          expect(await backend.deleteScope(scope), what).toBe(0)
        }
        expect(await backend.admin.fingerprint(), what).toEqual(before)
        // The control: it is there for its own.
        expect(await backend.countNodes(other)).toBe(1)
      }
    }))
}
