import { setImmediate } from 'node:timers/promises'
import { MemoryError } from '@holdfast/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { seed } from '../simulated-disk/seed.js'
import { environmentOn } from '../support/faulty-file-system.js'
import { LateReads } from '../support/late-reads.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { type VectorRandom, vectorRandom } from './random-vectors.js'
import { exactBest } from './scan-setup.js'

interface Known {
  readonly tenantId: string
  readonly conversationId: string
  readonly embedding: Float32Array
}
/** What a store has, in the order in which it was inserted. */
type Model = ReadonlyMap<string, Known>

const tenants = ['a', 'b', 'c']
const conversations = ['red', 'green']
const tooLate = new Error('no longer wanted')
const outcomes = { right: 0, aborted: 0, failed: 0 }

/** Which answers are right, and the one that came. */
interface Asked {
  readonly right: readonly unknown[]
  readonly answer: Promise<unknown>
  readonly wasAborted: boolean
  /** Batch by batch, so that the store may be closed before the first. */
  readonly isScan: boolean
}

const nodeOf = (id: string, { tenantId, conversationId, embedding }: Known) => {
  return {
    id,
    tenantId,
    conversationId,
    humanContent: `${id} of ${tenantId}`,
    assistantContent: '',
    embedding,
  }
}

interface StoreOptions {
  readonly dataDir: string
  readonly dimensions: number
  readonly memoryBudget: number
}

/** A store, and what it should have. */
class Store {
  readonly disk: LateReads
  readonly #random: VectorRandom
  readonly #options: StoreOptions
  model: Model = new Map()
  backend: FileBackend | undefined
  #inserted = 0

  constructor(options: StoreOptions, nth: number) {
    this.#options = options
    this.#random = vectorRandom(seed * 31 + nth)
    this.disk = new LateReads(this.#random.below)
  }

  async open(): Promise<FileBackend> {
    const environment = environmentOn(this.disk.files, { fewCopies: 1, smallJournal: 30_000 })
    this.backend = await FileBackend.openIn(environment, this.#options)
    return this.backend
  }

  #some<T>(values: readonly T[]): T | undefined {
    return values[this.#random.below(values.length)]
  }

  /** One write, and the model as it is after that. */
  write(backend: FileBackend): { readonly after: Model; readonly run: () => Promise<unknown> } {
    const { below, vector } = this.#random
    const { dimensions } = this.#options
    const after = new Map(this.model)
    const [id, one] = this.#some([...after]) ?? ['', undefined]
    const kind = below(5)
    if (one !== undefined && kind === 0) {
      after.delete(id)
      return { after, run: () => backend.deleteNodes({ tenantId: one.tenantId }, [id]) }
    }
    if (one !== undefined && kind === 1) {
      const embedding = vector(dimensions)
      after.set(id, { ...one, embedding })
      return { after, run: () => backend.updateNode({ tenantId: one.tenantId }, id, { embedding }) }
    }
    if (kind === 2) return { after, run: () => backend.admin.compact() }
    const added = Array.from({ length: 1 + below(20) }, (): [string, Known] => {
      const tenantId = this.#some(tenants) ?? ''
      return [
        `n${this.#inserted++}`,
        { tenantId, conversationId: this.#some(conversations) ?? '', embedding: vector(dimensions) },
      ]
    })
    for (const [each, known] of added) after.set(each, known)
    return { after, run: () => backend.insertNodes(added.map(([each, known]) => nodeOf(each, known))) }
  }

  /** One read, and what it may answer. @param models one before and one after a write that is going on. */
  read(backend: FileBackend, models: readonly Model[]): Asked {
    const { below, vector } = this.#random
    const tenantId = this.#some(tenants) ?? ''
    const controller = new AbortController()
    const { signal } = controller
    const wasAborted = below(4) === 0
    if (wasAborted) void afterTurns(below(12)).then(() => controller.abort(tooLate))
    if (below(2) === 0) {
      const right = models.map((model) =>
        [...model].filter(([, of]) => of.tenantId === tenantId).map(([id, of]) => [id, ...of.embedding]),
      )
      const isScan = below(2) === 0
      const answer = (isScan ? scanAll : readAll)(backend, tenantId, signal)
      return { right, answer, wasAborted, isScan }
    }
    const query = vector(this.#options.dimensions)
    const limit = 1 + below(9)
    const conversationId = below(3) === 0 ? this.#some(conversations) : undefined
    const right = models.map((model) => {
      const known = [...model].filter(
        ([, of]) =>
          of.tenantId === tenantId && (conversationId === undefined || of.conversationId === conversationId),
      )
      const vectors = known.map(([, { embedding }]) => embedding)
      const wanted = { limit, minScore: -1, positionOf: (row: number) => row }
      return exactBest(vectors, query, [...vectors.keys()], wanted).map(({ row, score }) => {
        const id = known[row]?.[0] ?? ''
        return [id, tenantId, `${id} of ${tenantId}`, score]
      })
    })
    const filter = conversationId === undefined ? {} : { filter: { conversationId } }
    const answer = backend
      .vectorSearch(query, { tenantId }, { topK: limit, minScore: -1, signal, ...filter })
      .then((found) => found.map(({ node, score }) => [node.id, node.tenantId, node.humanContent, score]))
    // What is changed while the search goes on was copied before.
    query.fill(Number.NaN)
    return { right, answer, wasAborted, isScan: false }
  }
}

/** Every id with its vector, from the matrix of all. */
async function readAll(backend: FileBackend, tenantId: string, signal: AbortSignal): Promise<unknown> {
  const { nodeIds, dimensions, data } = await backend.getEmbeddings({ tenantId }, { signal })
  const rows = nodeIds.map((id, row) => [id, ...data.subarray(row * dimensions, (row + 1) * dimensions)])
  // It is the caller's: nothing that is read later may come of it.
  data.fill(Number.NaN)
  return rows
}

/** Every id with its vector, which is kept as it came. */
async function scanAll(backend: FileBackend, tenantId: string, signal: AbortSignal): Promise<unknown> {
  const options = { batchSize: 10_000, withEmbeddings: true, signal }
  for await (const { nodes, embeddings } of backend.scanNodes({ tenantId }, options)) {
    return nodes.map(({ id }, at) => ({ toJSON: () => [id, ...(embeddings?.[at] ?? [])] }))
  }
  return []
}

async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}

/** Says what has become of a read. @throws when that is none of what may become of it. */
async function check(
  { right, answer, wasAborted }: Asked,
  mayFail: (error: unknown) => boolean,
): Promise<void> {
  const result = await answer.catch((error: unknown) => {
    if (wasAborted && error === tooLate) outcomes.aborted += 1
    else if (mayFail(error)) outcomes.failed += 1
    else throw error
    return undefined
  })
  if (result === undefined) return
  const text = JSON.stringify(result)
  expect(right.map((each) => JSON.stringify(each))).toContain(text)
  outcomes.right += 1
}

const isReadError = (error: unknown) => error instanceof MemoryError && error.code === 'CONNECTION'

const isClosed = (error: unknown) => error instanceof MemoryError && error.code === 'CLOSED'

describe(`searches at the same time as others, in two stores (seed ${seed})`, () => {
  it.each([
    { dimensions: [1, 16], memoryBudget: 1 << 20 },
    { dimensions: [3, 3], memoryBudget: 320_000 },
    { dimensions: [15, 17], memoryBudget: 1500 },
    { dimensions: [33, 15], memoryBudget: 500_000 },
  ])('find what is there: $dimensions values, $memoryBudget bytes', async ({ dimensions, memoryBudget }) => {
    Object.assign(outcomes, { right: 0, aborted: 0, failed: 0 })
    const stores = await Promise.all(
      dimensions.map(async (each, nth) => {
        const dataDir = await temporaryDirectory()
        return new Store({ dataDir, dimensions: each, memoryBudget }, nth)
      }),
    )
    onTestFinished(async () => {
      for (const { backend } of stores) await backend?.close()
    })
    for (const store of stores) await store.open()
    for (let round = 0; round < 60; round++) {
      const kind = (['quiet', 'writing', 'writing', 'failing', 'closing'] as const)[round % 5] ?? 'quiet'
      const reads: { readonly asked: Asked; readonly mayFail: (error: unknown) => boolean }[] = []
      const writes: Promise<unknown>[] = []
      for (const store of stores) {
        const { backend, disk } = store
        if (backend === undefined) throw new Error('not open')
        const before = store.model
        const write = kind === 'writing' ? store.write(backend) : undefined
        disk.failing = kind === 'failing' ? 8 : 0
        const ask = () => {
          for (let count = 0; count < 4; count++) {
            const asked = store.read(backend, write ? [before, write.after] : [before])
            const mayFail =
              kind === 'failing' ? isReadError : kind === 'closing' && asked.isScan ? isClosed : () => false
            reads.push({ asked, mayFail })
          }
        }
        ask()
        if (write !== undefined) {
          writes.push(write.run())
          store.model = write.after
        }
        // What was asked for before a store is closed is still answered.
        if (kind === 'closing') writes.push(afterTurns(round % 7).then(() => backend.close()))
        ask()
      }
      await Promise.allSettled([...reads.map(({ asked }) => asked.answer), ...writes])
      await Promise.all(writes)
      // Not before all have ended: what one was given must not change while others are read.
      for (const { asked, mayFail } of reads) await check(asked, mayFail)
      for (const store of stores) {
        store.disk.failing = 0
        if (kind === 'closing') await store.open()
      }
    }
    // The control: all of it has happened.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(5)
    expect(stores.reduce((sum, { disk }) => sum + disk.failed, 0)).toBeGreaterThan(5)
  })
})
