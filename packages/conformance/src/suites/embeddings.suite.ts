import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain, drainRecords } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { seededRandom } from '../seeded-random.js'
import { bitsOf, fragileVector } from '../vector-bits.js'
import { withBackend } from '../with-backend.js'

const seed = 99

/** Stored vectors come back bit for bit, in line with the nodes. */
export function embeddingsSuite(harness: BackendHarness): void {
  describe('embeddings', () => {
    it(`keeps every bit, through every read (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const random = seededRandom(seed)
        const vectors = [fragileVector, ...Array.from({ length: 20 }, () => random.vector(8))]
        await backend.insertNodes(vectors.map((embedding, i) => sampleNode(`v${i}`, { embedding })))
        await backend.insertEpisodes(vectors.map((embedding, i) => sampleEpisode(`v${i}`, { embedding })))
        const expected = vectors.flatMap(bitsOf)
        expect(bitsOf((await backend.getEmbeddings(acme)).data)).toEqual(expected)
        expect(bitsOf((await backend.getEpisodeEmbeddings(acme)).data)).toEqual(expected)
        const batches = await drain(backend.scanNodes(acme, { withEmbeddings: true, batchSize: 4 }))
        const scanned = batches.flatMap(({ embeddings }) => embeddings ?? [])
        expect(scanned.flatMap((vector) => (vector ? bitsOf(vector) : []))).toEqual(expected)
        const exported = await drainRecords(backend.admin.exportAll())
        expect(exported.flatMap(({ embedding }) => (embedding ? bitsOf(embedding) : []))).toEqual([
          ...expected,
          ...expected,
        ])
      }))

    it('gives one matrix row for each node with a vector, in the order of getNodes', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([sampleNode('z', { embedding: axis(1) }), sampleNode('none')])
        await backend.insertNodes([sampleNode('x', { tenantId: 'other', embedding: axis(7) })])
        await backend.insertNodes([
          sampleNode('a', { embedding: axis(2) }),
          sampleNode('zeros', { embedding: new Float32Array(8) }),
          sampleNode('m', { embedding: axis(3) }),
        ])
        const matrix = await backend.getEmbeddings(acme)
        expect(matrix).toEqual({
          nodeIds: ['z', 'a', 'm'],
          rows: 3,
          dimensions: 8,
          data: Float32Array.of(...axis(1), ...axis(2), ...axis(3)),
        })
        expect(idsOf(await backend.getNodes(acme))).toEqual(['z', 'none', 'a', 'zeros', 'm'])
      }))

    it('gives an empty matrix of the right dimensions where there are no vectors', () =>
      withBackend(harness, async (backend) => {
        const empty = { nodeIds: [], rows: 0, dimensions: 8, data: new Float32Array(0) }
        expect(await backend.getEmbeddings(acme)).toEqual(empty)
        expect(await backend.getEpisodeEmbeddings(acme)).toEqual(empty)
        await backend.insertNode(sampleNode('none'))
        expect(await backend.getEmbeddings(acme)).toEqual(empty)
        expect(await backend.getEmbeddings({})).toEqual(empty)
      }))

    it('stores a plain array as float32', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a', { embedding: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1 / 3] }))
        const rounded = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1 / 3)
        expect(bitsOf((await backend.getEmbeddings(acme)).data)).toEqual(bitsOf(rounded))
      }))
  })
}
