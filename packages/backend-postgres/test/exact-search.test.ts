import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { seeded } from './support/random-numbers.js'
import { spiedPool } from './support/spied-pool.js'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

function vectorOf(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => random() - 0.5)
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresA, squaresB] = [0, 0, 0]
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0
    dot += value * other
    squaresA += value * value
    squaresB += other * other
  }
  return Math.min(1, Math.max(-1, dot / (Math.sqrt(squaresA) * Math.sqrt(squaresB))))
}

/** What must be found: ids and scores of the best, ties in the order of `vectors`. */
function expected(vectors: readonly Float32Array[], query: Float32Array, topK: number, minScore = 0) {
  return vectors
    .map((vector, index) => ({ id: `n${index}`, score: cosine(vector, query) }))
    .filter(({ score }) => score >= minScore)
    .map((entry, index) => ({ ...entry, index }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topK)
    .map(({ id, score }) => ({ id, score }))
}

async function fill(backend: PostgresBackend, vectors: readonly Float32Array[]): Promise<void> {
  await backend.insertNodes(
    vectors.map((embedding, index) => ({
      ...{ id: `n${index}`, humanContent: 'q', assistantContent: 'a', tenantId: 'acme', embedding },
    })),
  )
}

async function search(
  backend: PostgresBackend,
  query: Float32Array,
  options: { readonly topK: number; readonly minScore?: number },
) {
  const found = await backend.vectorSearch(query, { tenantId: 'acme' }, options)
  return found.map(({ node, score }) => ({ id: node.id, score }))
}

describe.each(databaseKinds)('exact search on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('finds what comparing everything in float64 finds', () =>
    withStore(database, { dimensions: 48 }, async (backend) => {
      const random = seeded()
      const vectors = Array.from({ length: 400 }, () => vectorOf(48, random))
      await fill(backend, vectors)
      for (let round = 0; round < 8; round++) {
        const query = vectorOf(48, random)
        for (const options of [{ topK: 10 }, { topK: 3, minScore: 0.35 }, { topK: 150, minScore: -1 }]) {
          const right = expected(vectors, query, options.topK, options.minScore)
          const found = await search(backend, query, options)
          expect(found.map(({ id }) => id)).toEqual(right.map(({ id }) => id))
          for (const [place, { score }] of found.entries()) {
            expect(Math.abs(score - (right[place]?.score ?? 9))).toBeLessThanOrEqual(1e-12)
          }
        }
      }
    }))

  it('tells apart vectors that float32 arithmetic does not', () =>
    withStore(database, { dimensions: 64 }, async (backend) => {
      const random = seeded()
      const base = vectorOf(64, random)
      // In the last bits only, so that the database sees hundreds of them in one place.
      const vectors = Array.from({ length: 300 }, (_, index) =>
        base.map((value, column) => (column === index % 64 ? value * (1 + 3e-7 * (1 + index / 64)) : value)),
      )
      await fill(backend, vectors)
      const query = vectorOf(64, random).map((value, column) => value + (base[column] ?? 0))
      for (const topK of [1, 10, 100, 200]) {
        expect(await search(backend, query, { topK }), `${topK}`).toEqual(expected(vectors, query, topK))
      }
    }))

  it('gives ties in insertion order, however many there are and wherever their rows lie', () =>
    withStore(database, { dimensions: 4 }, async (backend) => {
      const axis = new Float32Array([1, 0, 0, 0])
      const vectors = Array.from({ length: 300 }, (_, index) =>
        index % 100 === 99 ? new Float32Array([1, 1, 0, 0]) : axis,
      )
      await fill(backend, vectors)
      // Written anew, at their old place in the order.
      const replaced = [3, 0, 7].map((index) => ({
        ...{ id: `n${index}`, humanContent: 'q', assistantContent: 'a', tenantId: 'acme', embedding: axis },
      }))
      expect(await backend.insertNodes(replaced, { onConflict: 'replace' })).toMatchObject({ replaced: 3 })
      for (const topK of [10, 200]) {
        expect(await search(backend, axis, { topK })).toEqual(expected(vectors, axis, topK))
      }
      // Beyond the ties, the others.
      const all = await search(backend, axis, { topK: 300 })
      expect(all.slice(-3).map(({ id }) => id)).toEqual(['n99', 'n199', 'n299'])
    }))

  it('asks once, and again only when the last places are too close', () =>
    withStore(database, { dimensions: 16 }, async (backend, schema) => {
      const random = seeded()
      await fill(
        backend,
        Array.from({ length: 60 }, () => vectorOf(16, random)),
      )
      const { pool, sent } = spiedPool(database.pool)
      const second = await PostgresBackend.open({ pool, schema })
      try {
        const selects = () => sent.filter(({ text }) => text.includes('.node_vector v')).length
        const before = selects()
        expect(await search(second, vectorOf(16, random), { topK: 10, minScore: -1 })).toHaveLength(10)
        expect(selects() - before).toBe(1)
        const same = Array.from({ length: 60 }, (_, index) => ({
          ...{ id: `same${index}`, humanContent: 'q', assistantContent: 'a', tenantId: 'acme' },
          embedding: new Float32Array(16).fill(1),
        }))
        await backend.insertNodes(same)
        const again = selects()
        const found = await search(second, new Float32Array(16).fill(1), { topK: 10 })
        expect(found.map(({ id }) => id)).toEqual(same.slice(0, 10).map(({ id }) => id))
        expect(selects() - again).toBeGreaterThan(1)
      } finally {
        await second.close()
      }
    }))

  it('keeps every bit of vectors, also of those whose lengths float32 cannot square', () =>
    withStore(database, { dimensions: 3 }, async (backend) => {
      const vectors = [
        [1e-30, 2e-30, 0],
        [3e25, -1e25, 1e20],
        [0.1, 0.2, 0.3],
        [1e-42, 0, 0],
      ].map((values) => Float32Array.from(values))
      await fill(backend, vectors)
      const { data } = await backend.getEmbeddings({ tenantId: 'acme' })
      expect(data).toEqual(Float32Array.from(vectors.flatMap((vector) => [...vector])))
      for (const query of [...vectors, new Float32Array([1, 1, 1])]) {
        expect(await search(backend, query, { topK: 10, minScore: -1 })).toEqual(
          expected(vectors, query, 10, -1),
        )
      }
    }))
})
