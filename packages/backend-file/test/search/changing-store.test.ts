import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { rowStride } from '../../src/search/quantised-rows.js'
import { webAssembly } from '../../src/wasm/web-assembly.js'
import { seed } from '../simulated-disk/seed.js'
import { environmentOn, FaultyFileSystem } from '../support/faulty-file-system.js'
import { MatrixReads } from '../support/matrix-reads.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { cosine, vectorRandom } from './random-vectors.js'

const columns = 24
const tenants = ['a', 'b', 'c', 'd']

interface Known {
  readonly tenantId: string
  readonly embedding: Float32Array | undefined
}

const node = (id: string, { tenantId, embedding }: Known) => {
  return { id, tenantId, humanContent: id, assistantContent: '', ...(embedding && { embedding }) }
}

/** What the engine does when all addresses that a process may use are set aside. */
function noAddresses(): never {
  throw new RangeError('could not allocate memory')
}

describe(`searches of a store that changes, seed ${seed}`, () => {
  it.each([
    { name: 'enough memory', memoryBudget: 1 << 20 },
    { name: 'memory for one tenant of several', memoryBudget: 64 * rowStride(columns) },
    { name: 'no memory', memoryBudget: 0 },
  ])('find what is there, with $name', async ({ memoryBudget }) => {
    const dataDir = await temporaryDirectory()
    const random = vectorRandom(seed)
    const known = new Map<string, Known>()
    const open = () =>
      FileBackend.openIn(environmentOn(new FaultyFileSystem(), { fewCopies: 1, smallJournal: 20_000 }), {
        dataDir,
        dimensions: columns,
        memoryBudget,
      })
    const some = () => [...known.keys()][random.below(known.size)] ?? ''
    let backend = await open()
    let found = 0
    for (let step = 0; step < 600; step++) {
      const id = some()
      const one = known.get(id)
      const embedding = random.below(10) === 0 ? undefined : random.vector(columns)
      switch (random.below(10)) {
        case 0:
        case 1:
        case 2: {
          const tenantId = tenants[random.below(tenants.length)] ?? ''
          const count = 1 + random.below(8)
          const batch = Array.from({ length: count }, (_, at) => `n${step}.${at}`)
          for (const each of batch) known.set(each, { tenantId, embedding: random.vector(columns) })
          await backend.insertNodes(
            batch.map((each) => node(each, known.get(each) ?? { tenantId, embedding })),
          )
          break
        }
        case 3:
          if (one === undefined || embedding === undefined) break
          known.set(id, { ...one, embedding })
          await backend.updateNode({ tenantId: one.tenantId }, id, { embedding })
          break
        case 4:
          if (one === undefined) break
          known.delete(id)
          await backend.deleteNodes({ tenantId: one.tenantId }, [id])
          break
        case 5:
          if (one !== undefined) await backend.recordAccess({ tenantId: one.tenantId }, [id])
          break
        case 6:
          if (random.below(10) > 0) break
          await backend.close()
          backend = await open()
          break
        case 7:
          if (random.below(10) === 0) await backend.admin.compact()
          break
        default: {
          const tenantId = tenants[random.below(tenants.length)] ?? ''
          const query = random.vector(columns)
          const expected = [...known]
            .filter(([, of]) => of.tenantId === tenantId)
            .map(([key, of]) => ({ id: key, score: cosine(query, of.embedding ?? []) }))
            .sort((a, b) => b.score - a.score)
            .slice(0, 5)
          const result = await backend.vectorSearch(query, { tenantId }, { topK: 5, minScore: -1 })
          expect(
            result.map((each) => each.node.id),
            `step ${step}`,
          ).toEqual(expected.map((each) => each.id))
          for (const [at, { score }] of result.entries())
            expect(score).toBeCloseTo(expected[at]?.score ?? 9, 9)
          found += result.length
        }
      }
    }
    await backend.close()
    expect(found).toBeGreaterThan(200)
  })

  it('give up the copies of the tenant that was not searched for longest', async () => {
    const dataDir = await temporaryDirectory()
    const random = vectorRandom(seed)
    const perTenant = 48
    {
      await using backend = await FileBackend.open({ dataDir })
      for (const tenantId of tenants) {
        const nodes = Array.from({ length: perTenant }, (_, at) =>
          node(`${tenantId}${at}`, { tenantId, embedding: random.vector(columns) }),
        )
        await backend.insertNodes(nodes)
      }
    }
    const reads = new MatrixReads()
    const memoryBudget = 2 * perTenant * rowStride(columns)
    await using backend = await FileBackend.openIn(environmentOn(reads.files), { dataDir, memoryBudget })
    const bytesFor = async (tenantId: string) => {
      reads.forget()
      await backend.vectorSearch(random.vector(columns), { tenantId }, { topK: 1, minScore: -1 })
      return reads.bytes >= perTenant * columns * 4 ? 'all' : 'few'
    }
    const order = ['a', 'b', 'a', 'b', 'c', 'b', 'a', 'c', 'a']
    const kinds: string[] = []
    for (const tenantId of order) kinds.push(await bytesFor(tenantId))
    expect(kinds).toEqual(['all', 'all', 'few', 'few', 'all', 'few', 'all', 'all', 'few'])
  })

  it('can be given up while the copies are made', async () => {
    const dataDir = await temporaryDirectory()
    const random = vectorRandom(seed)
    const embeddings = Array.from({ length: 2000 }, () => random.vector(columns))
    await using backend = await FileBackend.open({ dataDir })
    await backend.insertNodes(embeddings.map((embedding, at) => node(`${at}`, { tenantId: 'a', embedding })))
    const query = random.vector(columns)
    const search = (signal?: AbortSignal) =>
      backend.vectorSearch(query, { tenantId: 'a' }, { topK: 1, minScore: -1, ...(signal && { signal }) })
    const controller = new AbortController()
    const [given, kept] = [search(controller.signal), search()]
    controller.abort(new Error('no longer wanted'))
    await expect(given).rejects.toThrow('no longer wanted')
    const scores = embeddings.map((embedding) => cosine(query, embedding))
    const expected = `${scores.indexOf(Math.max(...scores))}`
    for (const result of [await kept, await search()]) expect(result[0]?.node.id).toBe(expected)
  })

  it('find the same where a process has no addresses left for copies', async () => {
    if (webAssembly === undefined) throw new Error('this Node has no WebAssembly')
    const dataDir = await temporaryDirectory()
    const random = vectorRandom(seed)
    const embeddings = Array.from({ length: 50 }, () => random.vector(columns))
    const warn = vi.fn()
    const logger = { debug() {}, info() {}, warn, error() {} }
    await using backend = await FileBackend.open({ dataDir, logger })
    await backend.insertNodes(embeddings.map((embedding, at) => node(`${at}`, { tenantId: 'a', embedding })))
    const memories = vi.spyOn(webAssembly, 'Memory').mockImplementation(noAddresses)
    onTestFinished(() => memories.mockRestore())
    const query = embeddings[7] ?? []
    for (let round = 0; round < 2; round++) {
      const [best] = await backend.vectorSearch(query, { tenantId: 'a' }, { topK: 1 })
      expect(best?.node.id).toBe('7')
    }
    // The control: it was tried, once, and said.
    expect([memories.mock.calls.length, warn.mock.calls.length]).toEqual([1, 1])
  })
})
