import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { badEpisodes, badNodes } from '../bad-records.js'
import { drainRecords } from '../drain.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

/** When one record of a batch is refused, nothing of the batch is there. */
export function allOrNothingSuite(harness: BackendHarness): void {
  describe('all or nothing', () => {
    it('stores nothing of a batch with a bad node, wherever it stands', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('old', { embedding: axis(0) }))
        for (const { what, code, record } of badNodes) {
          for (const place of [0, 1, 2]) {
            const batch: unknown[] = [...sampleNodes(2, 'good', { embedding: axis(1) })]
            batch.splice(place, 0, record)
            await expectCode(code, () => backend.insertNodes(untyped(batch)), what)
          }
          expect(idsOf(await backend.getNodes(acme)), what).toEqual(['old'])
        }
        await expectOnly(backend, 1, 0)
        // The control: the good ones alone are taken, under the same ids.
        expect((await backend.insertNodes(sampleNodes(2, 'good', { embedding: axis(1) }))).inserted).toBe(2)
      }))

    it('stores nothing of a batch with a bad episode, wherever it stands', () =>
      withBackend(harness, async (backend) => {
        await backend.insertEpisodes([sampleEpisode('old', { embedding: axis(0) })])
        for (const { what, code, record } of badEpisodes) {
          for (const place of [0, 1]) {
            const batch: unknown[] = [sampleEpisode('good', { embedding: axis(1) })]
            batch.splice(place, 0, record)
            await expectCode(code, () => backend.insertEpisodes(untyped(batch)), what)
          }
          expect(idsOf(await backend.getEpisodes(acme)), what).toEqual(['old'])
        }
        await expectOnly(backend, 0, 1)
        expect((await backend.insertEpisodes([sampleEpisode('good')])).inserted).toBe(1)
      }))

    it('refuses an id that stands twice in one batch, whatever is to be done about conflicts', () =>
      withBackend(harness, async (backend) => {
        for (const onConflict of ['error', 'ignore', 'replace'] as const) {
          const nodes = [sampleNode('a'), sampleNode('b'), sampleNode('a')]
          await expectCode('DUPLICATE_ID', () => backend.insertNodes(nodes, { onConflict }), onConflict)
          const episodes = [sampleEpisode('a'), sampleEpisode('a')]
          await expectCode('DUPLICATE_ID', () => backend.insertEpisodes(episodes, { onConflict }), onConflict)
        }
        await expectOnly(backend, 0, 0)
        const owners = [sampleNode('a'), sampleNode('a', { tenantId: 'other' })]
        expect((await backend.insertNodes(owners)).inserted).toBe(2)
      }))

    it('refuses a batch with an id that the owner already has, first or last', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('old', { embedding: axis(0) }))
        const fresh = sampleNodes(3, 'new', { embedding: axis(1) })
        const again = sampleNode('old', { humanContent: 'changed', embedding: axis(1) })
        await expectCode('DUPLICATE_ID', () => backend.insertNodes([...fresh, again]))
        await expectCode('DUPLICATE_ID', () => backend.insertNodes([again, ...fresh]))
        // Of a batch for several owners nothing is stored either.
        const others = fresh.map((node) => ({ ...node, tenantId: 'other' }))
        await expectCode('DUPLICATE_ID', () => backend.insertNodes([...others, again]))
        await expectOnly(backend, 1, 0)
        expect((await backend.getNode(acme, 'old'))?.humanContent).toBe('question old')
        expect(await backend.vectorSearch(axis(1), acme, { minScore: 0.5 })).toEqual([])
        expect((await backend.insertNodes(fresh)).inserted).toBe(3)
      }))

    it('refuses a batch with an episode that the owner already has, first or last', () =>
      withBackend(harness, async (backend) => {
        await backend.insertEpisodes([sampleEpisode('old', { embedding: axis(0) })])
        const fresh = ['a', 'b', 'c'].map((id) => sampleEpisode(id, { embedding: axis(1) }))
        const again = sampleEpisode('old', { title: 'changed' })
        await expectCode('DUPLICATE_ID', () => backend.insertEpisodes([...fresh, again]))
        await expectCode('DUPLICATE_ID', () => backend.insertEpisodes([again, ...fresh]))
        const others = fresh.map((episode) => ({ ...episode, tenantId: 'other' }))
        await expectCode('DUPLICATE_ID', () => backend.insertEpisodes([...others, again]))
        await expectOnly(backend, 0, 1)
        expect((await backend.getEpisode(acme, 'old'))?.title).toBe('title old')
        const records = await drainRecords(backend.admin.exportAll())
        const more = records.map((record) => ({
          ...record,
          id: 'new',
          text: record.text.replaceAll('"old"', '"new"'),
        }))
        const batch = { kind: 'episodes', records: [...more, ...records] } as const
        await expectCode('DUPLICATE_ID', () => backend.admin.importBatch(batch))
        await expectOnly(backend, 0, 1)
        // The control: the new one alone is taken.
        await backend.admin.importBatch({ kind: 'episodes', records: more })
        expect(idsOf(await backend.getEpisodes(acme))).toEqual(['old', 'new'])
      }))

    it('refuses what is no list of records, and unknown options', () =>
      withBackend(harness, async (backend) => {
        for (const records of [undefined, null, 'x', {}, new Set([sampleNode('a')])]) {
          await expectMistake(TypeError, () => backend.insertNodes(untyped(records)), String(records))
          await expectMistake(TypeError, () => backend.insertEpisodes(untyped(records)), String(records))
        }
        const batch = [sampleNode('a')]
        for (const options of [{ onConflict: 'skip' }, { onconflict: 'ignore' }, null, 'ignore']) {
          await expectMistake(TypeError, () => backend.insertNodes(batch, untyped(options)), String(options))
        }
        await expectOnly(backend, 0, 0)
      }))
  })
}

async function expectOnly(backend: MemoryBackend, nodes: number, episodes: number): Promise<void> {
  expect(await backend.admin.fingerprint()).toMatchObject({ nodes, episodes, vectors: nodes + episodes })
  expect(await backend.admin.listScopes()).toHaveLength(nodes + episodes === 0 ? 0 : 1)
}
