import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { acme, axis, idsOf, sampleNode } from '../sample-records.js'
import { type SeededRandom, seededRandom } from '../seeded-random.js'
import { withBackend } from '../with-backend.js'

const seed = 7_001

/** Embeddings, clusters and centroids are those of the nodes that are listed, in their order, after any changes. */
export function alignmentSuite(harness: BackendHarness): void {
  describe('alignment', () => {
    it(`keeps vectors and clusters in line with the nodes through changes (seed ${seed})`, () =>
      withBackend(harness, async (backend) => {
        const random = seededRandom(seed)
        let vectors = 0
        for (let round = 0; round < 12; round++) {
          await changeSomething(harness, backend, random, round)
          for (const scope of [acme, { tenantId: 'other' }, { userId: 'kim' }]) {
            vectors += await expectAligned(backend, scope, `round ${round} ${JSON.stringify(scope)}`)
          }
        }
        // The control: there was something to be out of line.
        expect(vectors).toBeGreaterThan(100)
      }))
  })
}

type Scope = Parameters<MemoryBackend['getNodes']>[0]

async function changeSomething(
  { capabilities }: BackendHarness,
  backend: MemoryBackend,
  random: SeededRandom,
  round: number,
): Promise<void> {
  const node = (id: string) =>
    sampleNode(id, {
      tenantId: random.pick(['acme', 'acme', 'other']),
      userId: random.pick(['kim', null]),
      clusterId: random.pick([null, -1, 0, 1, 2]),
      ...(random.below(3) === 0 ? {} : { embedding: axis(random.below(8), 8, 1 + random.below(3)) }),
    })
  const fresh = Array.from({ length: 6 }, (_, index) => node(`n${round}-${index}`))
  await backend.insertNodes(fresh)
  const older = Array.from({ length: 3 }, (_, index) => node(`n${random.below(round + 1)}-${index}`))
  const distinct = new Map(older.map((each) => [`${each.tenantId} ${each.id}`, each]))
  await backend.insertNodes([...distinct.values()], { onConflict: 'replace' })
  const some = `n${random.below(round + 1)}-${random.below(6)}`
  if (capabilities.update) {
    await backend.updateNode(acme, some, { embedding: random.below(2) === 0 ? null : axis(random.below(8)) })
    await backend.assignClusters(acme, [{ id: some, clusterId: random.below(3) - 1 }])
  }
  if (capabilities.delete) await backend.deleteNodes(acme, [`n${random.below(round + 1)}-0`, some])
}

/** @returns how many vectors there were. */
async function expectAligned(backend: MemoryBackend, scope: Scope, what: string): Promise<number> {
  const nodes = await backend.getNodes(scope)
  const batches = await drain(backend.scanNodes(scope, { batchSize: 5, withEmbeddings: true }))
  expect(idsOf(batches.flatMap((batch) => batch.nodes)), what).toEqual(idsOf(nodes))
  const rows = batches.flatMap((batch) =>
    batch.nodes.flatMap(({ id, clusterId }, index) => {
      const vector = batch.embeddings?.[index]
      return vector ? [{ id, clusterId, vector }] : []
    }),
  )
  const matrix = await backend.getEmbeddings(scope)
  expect(matrix.nodeIds, what).toEqual(idsOf(rows))
  expect(matrix.rows, what).toBe(rows.length)
  expect([...matrix.data], what).toEqual(rows.flatMap(({ vector }) => [...vector]))

  const info = await backend.getClusterInfo(scope)
  const members = [...info].flatMap(([cluster, indices]) => indices.map((index) => [index, cluster] as const))
  const clustered = [...nodes.entries()].flatMap(([index, { clusterId }]) =>
    clusterId === null ? [] : [[index, clusterId] as const],
  )
  expect(
    members.sort(([a], [b]) => a - b),
    what,
  ).toEqual(clustered)

  for (const [cluster, centroid] of await backend.getClusterCentroids(scope)) {
    const own = rows.filter(({ clusterId }) => clusterId === cluster)
    const sum = [...axis(0).keys()].map((i) => own.reduce((total, { vector }) => total + (vector[i] ?? 0), 0))
    const length = Math.hypot(...sum)
    for (const [i, value] of sum.entries()) expect(centroid[i], what).toBeCloseTo(value / length, 5)
  }
  return rows.length
}
