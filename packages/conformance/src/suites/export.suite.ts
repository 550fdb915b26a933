import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainRecords } from '../drain.js'
import { insertMovingSample } from '../moving-sample.js'
import { acme, idsOf } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** An export has everything once, in order, and can be gone on with. */
export function exportSuite(harness: BackendHarness): void {
  describe('export', () => {
    it('exports nodes before episodes, each in insertion order, and goes on after any cursor', () =>
      withBackend(harness, async (backend) => {
        await insertMovingSample(backend)
        const whole = await drain(backend.admin.exportAll({ batchSize: 2 }))
        const kinds = whole.flatMap(({ kind, records }) => records.map(() => kind))
        expect(kinds).toEqual([...Array(5).fill('nodes'), ...Array(3).fill('episodes')])
        expect(whole.flatMap(({ records }) => idsOf(records))).toEqual([
          'z',
          'a',
          'a',
          'b',
          'k',
          'e',
          'd',
          'e',
        ])
        for (const { records } of whole) expect(records.length).toBeLessThanOrEqual(2)
        for (const [index, { cursor }] of whole.entries()) {
          const rest = await drainRecords(backend.admin.exportAll({ after: cursor, batchSize: 3 }))
          expect(rest).toEqual(whole.slice(index + 1).flatMap(({ records }) => records))
        }
      }))

    it('exports one scope, and resumes there too', () =>
      withBackend(harness, async (backend) => {
        await insertMovingSample(backend)
        const owners = async (scope: { readonly tenantId?: string; readonly userId?: string }) =>
          (await drainRecords(backend.admin.exportAll({ scope, batchSize: 1 }))).map(
            ({ id, owner }) => `${id} ${owner?.tenantId} ${owner?.userId}`,
          )
        expect(await owners({ tenantId: 'acme' })).toEqual([
          'z acme null',
          'a acme kim',
          'b acme null',
          'e acme null',
          'd acme null',
        ])
        expect(await owners({ userId: 'kim' })).toEqual(['a acme kim', 'k null kim', 'e null kim'])
        const batches = await drain(backend.admin.exportAll({ scope: acme, batchSize: 2 }))
        const after = batches[0]?.cursor ?? ''
        expect(idsOf(await drainRecords(backend.admin.exportAll({ scope: acme, after })))).toEqual([
          'b',
          'e',
          'd',
        ])
      }))
  })
}
