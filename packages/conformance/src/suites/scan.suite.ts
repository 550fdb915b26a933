import type { MemoryBackend, NodeBatch } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainEpisodes, drainNodes } from '../drain.js'
import { expectMistake } from '../expect-rejection.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

/** Scans in batches, with a cursor that stays right while others write. */
export function scanSuite(harness: BackendHarness): void {
  describe('scan', () => {
    it('gives every node once, in insertion order, in batches of at most the size asked for', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const expected = idsOf(await backend.getNodes(acme))
        expect(expected).toHaveLength(7)
        for (const batchSize of [1, 2, 3, 6, 7, 8, 10_000]) {
          const batches = await drain(backend.scanNodes(acme, { batchSize }))
          expect(batches.flatMap(({ nodes }) => idsOf(nodes))).toEqual(expected)
          for (const { nodes } of batches) expect(nodes.length).toBeLessThanOrEqual(batchSize)
        }
        expect(await drain(backend.scanNodes({ tenantId: 'nobody' }))).toEqual([])
      }))

    it('gives the vectors in line with the nodes, when asked to', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const { embeddings } of await drain(backend.scanNodes(acme))) expect(embeddings).toBeUndefined()
        const batches = await drain(backend.scanNodes(acme, { batchSize: 3, withEmbeddings: true }))
        const pairs = batches.flatMap(({ nodes, embeddings }) =>
          nodes.map(({ id }, index) => [id, embeddings?.[index] && [...embeddings[index]]] as const),
        )
        expect(pairs).toEqual([
          ['n0', undefined],
          ['n1', [...axis(1)]],
          ['n2', [...axis(2)]],
          ['n3', undefined],
          ['n4', [...axis(4)]],
          ['n5', undefined],
          ['n6', [...axis(6)]],
        ])
        for (const { nodes, embeddings } of batches) expect(embeddings).toHaveLength(nodes.length)
      }))

    it('goes on after the cursor of any batch', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const batches = await drain(backend.scanNodes(acme, { batchSize: 2 }))
        for (const [index, { cursor }] of batches.entries()) {
          const rest = await drainNodes(backend.scanNodes(acme, { after: cursor, batchSize: 3 }))
          expect(rest).toEqual(batches.slice(index + 1).flatMap(({ nodes }) => nodes))
        }
        expect(new Set(batches.map(({ cursor }) => cursor)).size).toBe(batches.length)
      }))

    it('neither skips nor repeats when others insert meanwhile', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(6, 'm'))
        const seen = await scanWhile(backend, (round) =>
          backend.insertNodes([
            sampleNode(`a${round}`, { createdAt: '2000-01-01T00:00:00' }),
            sampleNode(`z${round}`),
            sampleNode(`m0`, { tenantId: `other${round}` }),
          ]),
        )
        expect(seen.filter((id) => id.startsWith('m'))).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
        expect(new Set(seen).size).toBe(seen.length)
      }))

    it('neither skips nor repeats when others replace meanwhile', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(sampleNodes(6, 'm', { embedding: axis(0) }))
        const seen = await scanWhile(backend, (round) =>
          backend.insertNodes(
            [sampleNode('m0', { source: `${round}` }), sampleNode(`m${5 - round}`, { source: `${round}` })],
            { onConflict: 'replace' },
          ),
        )
        expect(seen).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
      }))

    it('applies the filter with the cursor', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(
          Array.from({ length: 9 }, (_, i) => sampleNode(`n${i}`, { source: i % 3 === 0 ? 'yes' : 'no' })),
        )
        const batches = await drain(backend.scanNodes(acme, { batchSize: 1, filter: { source: 'yes' } }))
        const full = batches.filter(({ nodes }) => nodes.length > 0)
        expect(full.map(({ nodes }) => idsOf(nodes))).toEqual([['n0'], ['n3'], ['n6']])
        const after = full[0]?.cursor ?? ''
        const rest = await drainNodes(backend.scanNodes(acme, { after, filter: { source: 'yes' } }))
        expect(idsOf(rest)).toEqual(['n3', 'n6'])
      }))

    it('scans episodes the same way', () =>
      withBackend(harness, async (backend) => {
        const episodes = ['c', 'a', 'b'].map((id, i) =>
          sampleEpisode(id, i === 1 ? {} : { embedding: axis(i) }),
        )
        await backend.insertEpisodes(episodes)
        await backend.insertEpisodes([sampleEpisode('x', { tenantId: 'other' })])
        const batches = await drain(backend.scanEpisodes(acme, { batchSize: 2, withEmbeddings: true }))
        expect(batches.map((batch) => idsOf(batch.episodes))).toEqual([['c', 'a'], ['b']])
        const vectors = batches.flatMap(({ embeddings }) => embeddings ?? [])
        expect(vectors.map((vector) => vector && [...vector])).toEqual([
          [...axis(0)],
          undefined,
          [...axis(2)],
        ])
        const after = batches[0]?.cursor ?? ''
        await backend.insertEpisodes([sampleEpisode('aa')])
        expect(idsOf(await drainEpisodes(backend.scanEpisodes(acme, { after })))).toEqual(['b', 'aa'])
      }))

    it('shows with a cursor of another scope nothing of that scope', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([...sampleNodes(2, 'mine'), ...sampleNodes(2, 'x', { tenantId: 'other' })])
        await backend.insertNodes(sampleNodes(1, 'more'))
        const [first] = await drain(backend.scanNodes({ tenantId: 'other' }, { batchSize: 1 }))
        const rest = await drainNodes(backend.scanNodes(acme, { after: first?.cursor ?? '' }))
        expect(idsOf(rest).filter((id) => id.startsWith('x'))).toEqual([])
      }))

    it('refuses cursors that are none, batch sizes out of bounds and unknown options', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        const scan = (options: unknown) => () => backend.scanNodes(acme, untyped(options)).next()
        const scanEpisodes = (options: unknown) => () => backend.scanEpisodes(acme, untyped(options)).next()
        for (const after of ['', 'x', '0', '1', 'n3', '../..', "' OR 1=1", 'MTot', 1, null, {}]) {
          await expectMistake(TypeError, scan({ after }), `after ${String(after)}`)
          await expectMistake(TypeError, scanEpisodes({ after }), `after ${String(after)}`)
        }
        for (const batchSize of [0, -1, 10_001]) await expectMistake(RangeError, scan({ batchSize }))
        for (const batchSize of [1.5, '2', Number.NaN]) await expectMistake(TypeError, scan({ batchSize }))
        await expectMistake(TypeError, scan({ withEmbeddings: 'yes' }), 'withEmbeddings')
        await expectMistake(TypeError, scan({ limit: 1 }), 'limit')
        await expectMistake(TypeError, scanEpisodes({ filter: {} }), 'filter')
      }))
  })
}

async function fill(backend: MemoryBackend): Promise<void> {
  const node = (index: number) =>
    sampleNode(`n${index}`, [0, 3, 5].includes(index) ? {} : { embedding: axis(index) })
  await backend.insertNodes([
    node(0),
    node(1),
    sampleNode('other', { tenantId: 'other', embedding: axis(0) }),
  ])
  await backend.insertNodes([node(2), node(3), node(4)])
  await backend.insertNodes([node(5), sampleNode('kim', { tenantId: null, userId: 'kim' }), node(6)])
}

/** Scans in batches of 2 and writes after each of the first three. */
async function scanWhile(
  backend: MemoryBackend,
  write: (round: number) => Promise<unknown>,
): Promise<readonly string[]> {
  const seen: string[] = []
  let round = 0
  const scan: AsyncIterable<NodeBatch> = backend.scanNodes(acme, { batchSize: 2 })
  for await (const { nodes } of scan) {
    seen.push(...idsOf(nodes))
    if (round < 3) await write(round)
    round += 1
  }
  return seen
}
