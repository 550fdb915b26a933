import { cp } from 'node:fs/promises'
import type { MemoryBackend, MemoryNodeInput, NodeFilter, Scope } from '@holdfast/core'
import { expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { nodeEnvironment } from '../../src/store/environment.js'
import { seed } from '../simulated-disk/seed.js'
import { type SeededRandom, seededRandom } from '../simulated-disk/seeded-random.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { findByWords, search } from './word-oracle.js'

const words = [
  'apple',
  'Äpfel',
  'äpfel',
  'the',
  'THE',
  'e\u0301tude',
  'étude',
  '猫',
  'x1',
  'ß',
  'Ωμέγα',
  'ends',
]
const scopes: readonly Scope[] = [
  { tenantId: 'a' },
  { tenantId: 'b' },
  { userId: 'ann' },
  { userId: 'bob' },
  { tenantId: 'nobody' },
]
const filters: readonly NodeFilter[] = [
  {},
  {},
  { clusterId: [0, 1] },
  { hasCode: true },
  { userId: 'ann' },
  { ids: ['n1', 'n2', 'n3', 'n4'], hasCode: false },
]
/** Every scope is kept on disk, however small. */
const environment = { ...nodeEnvironment, smallScope: 0 }

it.each([1, 2, 3])(
  `finds what counting finds, whatever happens to the store (seed ${seed}, history %i)`,
  async (history) => {
    const random = seededRandom(Math.imul(seed, 31) + history)
    const dataDir = await temporaryDirectory()
    const open = () => FileBackend.openIn(environment, { dataDir, durability: 'off' })
    let writer = await open()
    let reader = await FileBackend.open({ dataDir, readOnly: true })
    onTestFinished(async () => {
      await reader.close()
      await writer.close()
    })
    let compared = 0
    for (let step = 0; step < 120; step++) {
      const what = random.below(24)
      if (what === 0) await writer.admin.compact()
      else if (what === 1) {
        await writer.close()
        writer = await open()
      } else if (what === 2) {
        await reader.close()
        reader = await FileBackend.open({ dataDir, readOnly: true })
      } else await write(writer, random)
      for (let asked = 0; asked < 2; asked++) {
        const scope = pick(random, scopes)
        const query = text(random, 1 + random.below(4))
        const filter = pick(random, filters)
        const options = { topK: pick(random, [1, 3, 10, 1000]), filter }
        const expected = findByWords(query, await writer.getNodes(scope), options)
        expect(await search(writer, query, scope, options)).toEqual(expected)
        if (random.below(4) === 0) expect(await search(reader, query, scope, options)).toEqual(expected)
        compared += expected.length
      }
    }
    expect(compared).toBeGreaterThan(150)
  },
)

it(`finds the records of one moment while others are written (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const dataDir = await temporaryDirectory()
  const backend = await FileBackend.openIn(environment, { dataDir, durability: 'off' })
  onTestFinished(() => backend.close())
  const scope = { tenantId: 'a' }
  let changes = 0
  // In some histories few steps change what the query finds.
  for (let step = 0; step < 60 || (changes <= 10 && step < 1000); step++) {
    const before = await backend.getNodes(scope)
    const query = text(random, 3)
    const [, ...results] = await Promise.all([
      step % 7 === 0 ? write(backend, random).then(() => backend.admin.compact()) : write(backend, random),
      search(backend, query, scope),
      search(backend, query, scope),
    ])
    const after = await backend.getNodes(scope)
    const expected = [findByWords(query, before), findByWords(query, after)]
    for (const result of results) expect(expected).toContainEqual(result)
    if (JSON.stringify(expected[0]) !== JSON.stringify(expected[1])) changes += 1
  }
  expect(changes).toBeGreaterThan(10)
})

it('opens a copy of a directory with its word indexes, which belong to the texts and not to a place', async () => {
  const dataDir = await temporaryDirectory()
  const backend = await FileBackend.openIn(environment, { dataDir })
  await backend.insertNodes([node('n1', 'a', null, 'apple', ''), node('n2', 'a', null, 'the apple', '')])
  const found = await search(backend, 'the apple', { tenantId: 'a' })
  await backend.close()
  const copy = await temporaryDirectory()
  await cp(dataDir, copy, { recursive: true })
  const other = await FileBackend.open({ dataDir: copy })
  expect(await search(other, 'the apple', { tenantId: 'a' })).toEqual(found)
  expect(found).toHaveLength(2)
  await other.close()
})

async function write(backend: MemoryBackend, random: SeededRandom): Promise<void> {
  const id = `n${random.below(40)}`
  const scope = pick(random, scopes.slice(0, 4))
  switch (random.below(10)) {
    case 0:
      await backend.deleteNodes(scope, [id, `n${random.below(40)}`])
      return
    case 1:
      if (random.below(6) === 0) await backend.deleteScope(scope)
      return
    case 2:
      await backend.recordAccess(scope, [id])
      return
    case 3:
      await backend.assignClusters(scope, [{ id, clusterId: random.below(3) }])
      return
    case 4:
    case 5:
      await backend.updateNode(scope, id, { assistantContent: text(random, random.below(8)) })
      return
    default: {
      const ids = new Set(Array.from({ length: 1 + random.below(12) }, () => `n${random.below(40)}`))
      const tenantId = pick(random, ['a', 'b', null])
      const userId = pick(random, tenantId === null ? ['ann', 'bob'] : ['ann', 'bob', null])
      const nodes = [...ids].map((each) =>
        node(each, tenantId, userId, text(random, random.below(6)), text(random, random.below(20))),
      )
      await backend.insertNodes(nodes, { onConflict: pick(random, ['replace', 'ignore']) })
    }
  }
}

function node(
  id: string,
  tenantId: string | null,
  userId: string | null,
  humanContent: string,
  assistantContent: string,
): MemoryNodeInput {
  return { id, tenantId, userId, humanContent, assistantContent, hasCode: humanContent.length % 2 === 0 }
}

function text(random: SeededRandom, count: number): string {
  return Array.from({ length: count }, () => pick(random, words)).join(' ')
}

function pick<T>(random: SeededRandom, items: readonly T[]): T {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new RangeError('there is nothing to pick from')
  return item
}
