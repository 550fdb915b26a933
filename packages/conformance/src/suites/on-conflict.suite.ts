import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** What an insert does about ids that the owner already has. */
export function onConflictSuite(harness: BackendHarness): void {
  describe('on conflict', () => {
    it('ignore keeps the old node, and counts', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(3, 'n', { embedding: axis(0) }))
        const before = await backend.admin.fingerprint()
        const old = sampleNodes(3, 'n', { humanContent: 'changed', clusterId: 1, embedding: axis(1) })
        const all = { onConflict: 'ignore' } as const
        expect(await backend.insertNodes(old, all)).toEqual({ inserted: 0, replaced: 0, ignored: 3 })
        expect(await backend.admin.fingerprint()).toEqual(before)
        const mixed = [sampleNode('new0'), ...old, sampleNode('new1')]
        expect(await backend.insertNodes(mixed, all)).toEqual({ inserted: 2, replaced: 0, ignored: 3 })
        expect(idsOf(await backend.getNodes(acme))).toEqual(['n0', 'n1', 'n2', 'new0', 'new1'])
        expect((await backend.getNode(acme, 'n1'))?.humanContent).toBe('question n1')
      }))

    it('replace takes the new node at the old place, and counts', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(
          sampleNodes(4, 'n', { embedding: axis(0), clusterId: 1, source: 'old', extra: { old: 1 } }),
        )
        const result = await backend.insertNodes(
          [
            sampleNode('new'),
            sampleNode('n2', { source: 'new', embedding: axis(1), clusterId: 5 }),
            sampleNode('n0', { source: 'new' }),
          ],
          { onConflict: 'replace' },
        )
        expect(result).toEqual({ inserted: 1, replaced: 2, ignored: 0 })
        const nodes = await backend.getNodes(acme)
        expect(idsOf(nodes)).toEqual(['n0', 'n1', 'n2', 'n3', 'new'])
        expect(nodes.map(({ source }) => source)).toEqual(['new', 'old', 'new', 'old', 'unknown'])
        expect(nodes.map(({ clusterId }) => clusterId)).toEqual([null, 1, 5, 1, null])
        expect(nodes.map(({ extra }) => extra)).toEqual([{}, { old: 1 }, {}, { old: 1 }, {}])
        // The vector goes with the node: n0 has none now, and the order of the matrix is that of the nodes.
        const { nodeIds, data } = await backend.getEmbeddings(acme)
        expect(nodeIds).toEqual(['n1', 'n2', 'n3'])
        expect([...data]).toEqual([...axis(0), ...axis(1), ...axis(0)])
        expect((await backend.vectorSearch(axis(1), acme, { topK: 1 }))[0]?.node.id).toBe('n2')
        const [batch] = await drain(backend.scanNodes(acme))
        expect(idsOf(batch?.nodes ?? [])).toEqual(idsOf(nodes))
      }))

    it('replace leaves nothing of the old record but its place', () =>
      withBackend(harness, async (backend) => {
        const old = {
          createdAt: '2020-01-01T00:00:00',
          metadata: { old: 1 },
          extra: { old: 1 },
          embedding: axis(0),
        }
        const tags = { topics: ['old'], mine: ['old'] }
        const more = { tags, conversationId: 'old', clusterLabel: 'old', hasCode: true, sequenceIndex: 7 }
        await backend.insertNodes([sampleNode('n', { ...old, ...more }), sampleNode('last')])
        await backend.insertEpisodes([sampleEpisode('e', { ...old, source: 'old' }), sampleEpisode('last')])
        // As they are where nothing was before.
        const elsewhere = { tenantId: 'other' }
        await backend.insertNode(sampleNode('n', elsewhere))
        await backend.insertEpisodes([sampleEpisode('e', elsewhere)])
        await backend.insertNodes([sampleNode('n')], { onConflict: 'replace' })
        await backend.insertEpisodes([sampleEpisode('e')], { onConflict: 'replace' })
        expect(await backend.getNode(acme, 'n')).toEqual({
          ...(await backend.getNode(elsewhere, 'n')),
          ...acme,
        })
        const episode = await backend.getEpisode(elsewhere, 'e')
        expect(await backend.getEpisode(acme, 'e')).toEqual({ ...episode, ...acme })
        expect((await backend.getEmbeddings(acme)).rows).toBe(0)
        expect((await backend.getEpisodeEmbeddings(acme)).rows).toBe(0)
        expect(await backend.searchEpisodes(axis(0), acme, { minScore: -1 })).toEqual([])
        expect(idsOf(await backend.getNodes(acme))).toEqual(['n', 'last'])
        expect(idsOf(await backend.getEpisodes(acme))).toEqual(['e', 'last'])
      }))

    it('replace of the same node is the same node', () =>
      withBackend(harness, async (backend) => {
        const nodes = sampleNodes(3, 'n', { embedding: axis(0) })
        await backend.insertNodes(nodes)
        const before = await backend.admin.fingerprint()
        const result = await backend.insertNodes(nodes, { onConflict: 'replace' })
        expect(result).toEqual({ inserted: 0, replaced: 3, ignored: 0 })
        expect(await backend.admin.fingerprint()).toEqual(before)
      }))

    it("leaves another owner's node of the same id alone", () =>
      withBackend(harness, async (backend) => {
        const other = { tenantId: 'other' }
        await backend.insertNodes([sampleNode('n'), sampleNode('n', { ...other, source: 'theirs' })])
        await backend.insertNodes([sampleNode('n', { source: 'mine' })], { onConflict: 'replace' })
        expect((await backend.getNode(acme, 'n'))?.source).toBe('mine')
        expect((await backend.getNode(other, 'n'))?.source).toBe('theirs')
        const user = { tenantId: null, userId: 'acme' }
        expect(await backend.insertNodes([sampleNode('n', user)], { onConflict: 'replace' })).toMatchObject({
          inserted: 1,
          replaced: 0,
        })
      }))

    it('replace moves a node of a tenant from one user to another', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('n', { userId: 'kim', embedding: axis(0) }))
        await backend.insertNodes([sampleNode('n', { userId: 'lee', embedding: axis(0) })], {
          onConflict: 'replace',
        })
        expect(await backend.countNodes({ userId: 'kim' })).toBe(0)
        expect(await backend.vectorSearch(axis(0), { userId: 'kim' })).toEqual([])
        expect((await backend.getEmbeddings({ userId: 'kim' })).rows).toBe(0)
        expect((await backend.vectorSearch(axis(0), { userId: 'lee' })).map(({ node }) => node.id)).toEqual([
          'n',
        ])
        expect((await backend.getEmbeddings({ userId: 'lee' })).rows).toBe(1)
      }))

    it('does the same for episodes', () =>
      withBackend(harness, async (backend) => {
        const episode = (id: string, title: string, axisIndex: number) =>
          sampleEpisode(id, { title, embedding: axis(axisIndex) })
        await backend.insertEpisodes([episode('a', 'old a', 0), episode('b', 'old b', 0)])
        const changes = [episode('c', 'new c', 2), episode('a', 'new a', 1)]
        expect(await backend.insertEpisodes(changes.slice(1), { onConflict: 'ignore' })).toEqual({
          inserted: 0,
          replaced: 0,
          ignored: 1,
        })
        expect((await backend.getEpisode(acme, 'a'))?.title).toBe('old a')
        expect(await backend.insertEpisodes(changes, { onConflict: 'replace' })).toEqual({
          inserted: 1,
          replaced: 1,
          ignored: 0,
        })
        expect((await backend.getEpisodes(acme)).map(({ title }) => title)).toEqual([
          'new a',
          'old b',
          'new c',
        ])
        const { nodeIds, data } = await backend.getEpisodeEmbeddings(acme)
        expect(nodeIds).toEqual(['a', 'b', 'c'])
        expect([...data]).toEqual([...axis(1), ...axis(0), ...axis(2)])
      }))
  })
}
