import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainRecords } from '../drain.js'
import { expectCode } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { bitsOf, fragileVector } from '../vector-bits.js'
import { usualDimensions, withReopening } from '../with-backend.js'

const model = { provider: 'test', model: 'axis', dimensions: usualDimensions }

/** What a durable backend still has when it is opened again. */
export function reopenSuite(harness: BackendHarness): void {
  // A backend that is not durable promises nothing here, and has nothing to reject.
  if (!harness.capabilities.durable) return
  describe('reopen', () => {
    it('keeps every record, vector, order, owner and cluster', () =>
      withReopening(harness, async (backend, reopen) => {
        await fill(backend)
        const before = await stateOf(backend)
        const again = await reopen()
        expect(await stateOf(again)).toEqual(before)
        expect(before.records).toHaveLength(8)
        expect(again.dimensions).toBe(usualDimensions)
        expect(again.capabilities).toEqual(harness.capabilities)
      }))

    it('keeps the last of many writes, and goes on where it was', () =>
      withReopening(harness, async (backend, reopen) => {
        let current = backend
        const expected: string[] = []
        for (let round = 0; round < 3; round++) {
          for (let index = 0; index < 3; index++) {
            expected.push(`r${round}-${index}`)
            await current.insertNode(sampleNode(`r${round}-${index}`, { embedding: axis(round) }))
          }
          current = await reopen()
          expect(idsOf(await current.getNodes(acme)), `round ${round}`).toEqual(expected)
        }
        await expectCode('DUPLICATE_ID', () => current.insertNode(sampleNode('r0-0')))
        expect((await current.vectorSearch(axis(1), acme)).map(({ node }) => node.id).slice(0, 3)).toEqual([
          'r1-0',
          'r1-1',
          'r1-2',
        ])
      }))

    it('keeps replacements and their place', () =>
      withReopening(harness, async (backend, reopen) => {
        await backend.insertNodes(sampleNodes(3, 'n', { embedding: axis(0) }))
        await backend.insertNodes([sampleNode('n1', { humanContent: 'new', embedding: axis(1) })], {
          onConflict: 'replace',
        })
        const again = await reopen()
        expect((await again.getNodes(acme)).map((node) => node.humanContent)).toEqual([
          'question n0',
          'new',
          'question n2',
        ])
        expect((await again.vectorSearch(axis(1), acme, { topK: 1 }))[0]?.node.id).toBe('n1')
      }))

    it('has nothing of a write that was refused', () =>
      withReopening(harness, async (backend, reopen) => {
        await backend.insertNode(sampleNode('a'))
        await expectCode('DUPLICATE_ID', () => backend.insertNodes([sampleNode('b'), sampleNode('a')]))
        await expectCode('INVALID_EMBEDDING', () =>
          backend.insertNodes([sampleNode('c'), sampleNode('d', { embedding: [Number.NaN] })]),
        )
        expect(idsOf(await (await reopen()).getNodes(acme))).toEqual(['a'])
      }))

    it('goes on with a cursor of before', () =>
      withReopening(harness, async (backend, reopen) => {
        await backend.insertNodes(sampleNodes(5))
        const first = await backend.scanNodes(acme, { batchSize: 2 }).next()
        const after = first.done ? undefined : first.value.cursor
        const again = await reopen()
        await again.insertNode(sampleNode('n5'))
        const rest: string[] = []
        for await (const { nodes } of again.scanNodes(acme, { after: after ?? '' }))
          rest.push(...idsOf(nodes))
        expect(rest).toEqual(['n2', 'n3', 'n4', 'n5'])
      }))

    it('keeps the embedding model and refuses another one', () =>
      withReopening(harness, async (backend, reopen) => {
        await backend.admin.setEmbeddingModel(model)
        const again = await reopen()
        expect(again.embeddingModel).toEqual(model)
        await again.admin.setEmbeddingModel(model)
        const other = { ...model, model: 'another' }
        await expectCode('EMBEDDING_MISMATCH', () => again.admin.setEmbeddingModel(other))
        expect(again.embeddingModel).toEqual(model)
      }))

    it('keeps what was imported, and what became of episodes and of a whole scope', () =>
      withReopening(harness, async (backend, reopen) => {
        await fill(backend)
        const records = await drainRecords(backend.admin.exportAll({ scope: acme }))
        const nodes = records.filter(({ text }) => text.includes('human_content'))
        expect(nodes.length).toBeGreaterThan(0)
        const changed = nodes.map((record) => ({
          ...record,
          text: record.text.replace('"source": "unknown"', '"source": "imported"'),
        }))
        await backend.admin.importBatch({ kind: 'nodes', records: changed }, { onConflict: 'replace' })
        await backend.insertEpisodes([sampleEpisode('e', { title: 'new' })], { onConflict: 'replace' })
        if (harness.capabilities.delete) {
          await backend.deleteEpisodes(acme, ['d'])
          await backend.deleteScope({ tenantId: 'other' })
        }
        const before = await stateOf(backend)
        const again = await reopen()
        expect(await stateOf(again)).toEqual(before)
        expect((await again.getNodes(acme)).map(({ source }) => source)).toEqual(nodes.map(() => 'imported'))
        expect((await again.getEpisode(acme, 'e'))?.title).toBe('new')
        expect(await again.countNodes({ tenantId: 'other' })).toBe(harness.capabilities.delete ? 0 : 2)
      }))

    it('keeps updates and deletions, where there are any', () =>
      withReopening(harness, async (backend, reopen) => {
        const { update, delete: canDelete } = harness.capabilities
        await backend.insertNodes(sampleNodes(4, 'n', { embedding: axis(0) }))
        if (update) {
          await backend.updateNode(acme, 'n0', { source: 'changed', embedding: axis(2) })
          await backend.recordAccess(acme, ['n1'])
          await backend.assignClusters(acme, [{ id: 'n2', clusterId: 4, label: 'four', confidence: 0.5 }])
        }
        if (canDelete) await backend.deleteNodes(acme, ['n3'])
        const before = await stateOf(backend)
        const again = await reopen()
        expect(await stateOf(again)).toEqual(before)
        expect(await again.countNodes(acme)).toBe(canDelete ? 3 : 4)
        expect((await again.getNode(acme, 'n0'))?.source).toBe(update ? 'changed' : 'unknown')
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  await backend.insertNodes([
    sampleNode('b', { embedding: fragileVector, clusterId: 3 }),
    sampleNode('a', { userId: 'kim', metadata: { '\u{1f600}': ['\0'] }, clusterId: -1 }),
  ])
  await backend.insertEpisodes([sampleEpisode('e', { embedding: axis(3) })])
  await backend.insertNodes([sampleNode('a', { tenantId: null, userId: 'kim', embedding: axis(1) })])
  await backend.insertNodes([sampleNode('a', { tenantId: 'other' }), sampleNode('z', { tenantId: 'other' })])
  await backend.insertEpisodes([sampleEpisode('e', { tenantId: null, userId: 'kim' }), sampleEpisode('d')])
}

async function stateOf(backend: MemoryBackend) {
  const records = await drainRecords(backend.admin.exportAll())
  return {
    // -0 and 0 are different bits.
    records: records.map(({ embedding, ...rest }) => ({ ...rest, bits: embedding && bitsOf(embedding) })),
    scopes: await backend.admin.listScopes(),
    fingerprint: await backend.admin.fingerprint(),
    nodes: await backend.getNodes(acme),
    mine: await backend.getNodes({ userId: 'kim' }),
    episodes: await backend.getEpisodes(acme),
    clusters: [...(await backend.getClusterInfo(acme))],
  }
}
