import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { FileBackend } from '../../../src/index.js'
import { scanPool } from '../../../src/search/scan-pool.js'
import { seed } from '../../simulated-disk/seed.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { vectorRandom } from '../random-vectors.js'
import { exactBest } from '../scan-setup.js'

it(`a store searches with threads, and leaves nothing in them when it is closed (seed ${seed})`, async () => {
  const random = vectorRandom(seed)
  const dimensions = 8192
  const count = Math.ceil(scanPool.options.leastBytes / dimensions)
  const pattern = random.vector(dimensions * 2)
  const vectors = Array.from({ length: count }, () => {
    const from = random.below(dimensions)
    return pattern.slice(from, from + dimensions)
  })
  const dataDir = await temporaryDirectory()
  const scope = { tenantId: 'acme' }
  const find = async (backend: FileBackend, query: Float32Array) => {
    const found = await backend.vectorSearch(query, scope, { topK: 5, minScore: -1 })
    const wanted = { limit: 5, minScore: -1, positionOf: (row: number) => row }
    const best = exactBest(vectors, query, [...vectors.keys()], wanted)
    expect(found.map(({ node, score }) => ({ row: Number(node.id), score }))).toEqual(best)
  }
  const opened = await FileBackend.open({ dataDir, dimensions, durability: 'off' })
  for (let from = 0; from < count; from += 256) {
    const some = vectors.slice(from, from + 256)
    await opened.insertNodes(
      some.map((embedding, at) => ({
        id: String(from + at),
        ...scope,
        humanContent: '',
        assistantContent: '',
        embedding,
      })),
    )
  }
  expect(scanPool.threadCount).toBe(0)
  for (const query of [random.vector(dimensions), vectors[7] ?? pattern]) await find(opened, query)
  // One processor has no other threads to search with.
  const expected = Math.min(1, scanPool.options.threads)
  expect(scanPool.memoryCount).toBe(expected)
  await opened.close()
  const reading = await FileBackend.open({ dataDir, readOnly: true })
  await find(reading, random.vector(dimensions))
  // That of the other store may be on its way out.
  expect(scanPool.memoryCount).toBeGreaterThanOrEqual(expected)
  await reading.close()
  while (scanPool.threadCount > 0) await setImmediate()
  expect(scanPool.memoryCount).toBe(0)
})
