import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { acme, axis, idsOf, sampleNode } from '../sample-records.js'
import { bitsOf } from '../vector-bits.js'
import { withBackend } from '../with-backend.js'

/** What a node of the sample has by its id, so that a mix-up shows. */
const known: ReadonlyMap<string, { readonly clusterId: number; readonly vector: Float32Array | undefined }> =
  new Map(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) => [
      id,
      { clusterId: index % 3, vector: index === 2 ? undefined : axis(index, 8, index + 1) },
    ]),
  )

/** Counts, vectors and clusters that stand beside the nodes, or are worked out from them, follow every write. */
export function afterEachWriteSuite(harness: BackendHarness): void {
  describe('after each write', () => {
    it('keeps counts, vectors and clusters in line with the nodes after an insert', () =>
      withBackend(harness, async (backend) => {
        for (const id of ['d', 'a', 'c', 'f', 'b', 'e']) {
          await insert(backend, id)
          await expectAlignment(backend)
        }
        expect(await backend.countNodes(acme)).toBe(6)
      }))

    it('keeps counts, vectors and clusters in line with the nodes after a replacement', () =>
      withBackend(harness, async (backend) => {
        for (const id of known.keys()) await insert(backend, id)
        await expectAlignment(backend)
        const changed = new Map(known)
        changed.set('a', { clusterId: 2, vector: undefined })
        changed.set('c', { clusterId: 0, vector: axis(7) })
        changed.set('d', { clusterId: 1, vector: axis(6) })
        for (const id of ['c', 'a', 'd']) await insert(backend, id, changed, 'replace')
        await expectAlignment(backend, changed)
        expect(await backend.countNodes(acme)).toBe(6)
      }))

    if (!harness.capabilities.delete) return

    it('keeps counts, vectors and clusters in line with the nodes after a deletion', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('b', { tenantId: 'other', clusterId: 9, embedding: axis(3) }))
        for (const id of known.keys()) await insert(backend, id)
        for (const [index, ids] of [['b'], ['a', 'f'], ['d'], ['c', 'e']].entries()) {
          await backend.deleteNodes(acme, ids)
          await expectAlignment(backend)
          expect(await backend.countNodes(acme)).toBe([5, 3, 2, 0][index])
        }
        await insert(backend, 'e')
        await expectAlignment(backend)
        expect(await backend.countNodes({ tenantId: 'other' })).toBe(1)
        expect([...(await backend.getClusterInfo({ tenantId: 'other' }))]).toEqual([[9, [0]]])
      }))
  })
}

type Known = typeof known

async function insert(
  backend: MemoryBackend,
  id: string,
  nodes: Known = known,
  onConflict: 'error' | 'replace' = 'error',
): Promise<void> {
  const { clusterId = null, vector } = nodes.get(id) ?? {}
  const node = sampleNode(id, { clusterId, ...(vector ? { embedding: vector } : {}) })
  await backend.insertNodes([node], { onConflict })
}

/** Compares everything that is kept or worked out beside the nodes with what the nodes in the store must have. */
async function expectAlignment(backend: MemoryBackend, nodes: Known = known): Promise<void> {
  const ids = idsOf(await backend.getNodes(acme))
  const withVector = ids.filter((id) => nodes.get(id)?.vector !== undefined)
  const what = ids.join(' ')

  expect(await backend.countNodes(acme), what).toBe(ids.length)
  for (const clusterId of [0, 1, 2]) {
    const members = ids.filter((id) => nodes.get(id)?.clusterId === clusterId)
    expect(await backend.countNodes(acme, { filter: { clusterId } }), what).toBe(members.length)
    const indices = members.map((id) => ids.indexOf(id))
    expect((await backend.getClusterInfo(acme)).get(clusterId) ?? [], what).toEqual(indices)
  }

  const matrix = await backend.getEmbeddings(acme)
  expect(matrix.nodeIds, what).toEqual(withVector)
  const rows = withVector.map((_, row) => matrix.data.slice(row * 8, (row + 1) * 8))
  const vectors = (of: readonly string[]) => of.map((id) => bitsOf(nodes.get(id)?.vector ?? axis(0, 8, 0)))
  expect(rows.map(bitsOf), what).toEqual(vectors(withVector))
  const batches = await drain(backend.scanNodes(acme, { batchSize: 2, withEmbeddings: true }))
  const scanned = batches.flatMap(({ embeddings }) => embeddings ?? [])
  expect(
    scanned.map((vector) => bitsOf(vector ?? axis(0, 8, 0))),
    what,
  ).toEqual(vectors(ids))

  for (const [id, { vector }] of nodes) {
    const query = vector ?? axis(5, 8)
    const found = await backend.vectorSearch(query, acme, { minScore: 1 })
    const same = withVector.filter((other) => directionOf(nodes.get(other)?.vector) === directionOf(query))
    expect(
      found.map(({ node }) => node.id),
      `${what}: near ${id}`,
    ).toEqual(same)
  }
  const plan = await backend.explainSearch(axis(0), acme)
  expect(plan.rowsInScope, what).toBe(ids.length)
}

function directionOf(vector: Float32Array | undefined): number {
  return vector?.findIndex((component) => component !== 0) ?? -1
}
