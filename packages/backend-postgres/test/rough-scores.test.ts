import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { halfQuery } from '../src/search/half-query.js'
import { roughScoreError } from '../src/search/score-error.js'
import { seeded } from './support/random-numbers.js'
import { spiedPool } from './support/spied-pool.js'
import {
  applyPrinted,
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

const tenantId = 'acme'

type Values = readonly number[] | Float32Array

function cosine(a: Values, b: Values): number {
  let [dot, squaresA, squaresB] = [0, 0, 0]
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [a[index] ?? 0, b[index] ?? 0]
    dot += left * right
    squaresA += left * left
    squaresB += right * right
  }
  return Math.min(1, Math.max(-1, dot / (Math.sqrt(squaresA) * Math.sqrt(squaresB))))
}

/** What 16 bits do to a value is seen best where it lies halfway between two of them. */
function halfway(random: () => number): number {
  return (1 + (Math.floor(random() * 1024) + 0.5) / 1024) * 2 ** -Math.ceil(random() * 8)
}

/** Vectors of every kind that rounding may treat badly, each of `length` values. */
function families(length: number, random: () => number): Readonly<Record<string, readonly Float32Array[]>> {
  const of = (count: number, value: (row: number, column: number) => number) =>
    Array.from({ length: count }, (_, row) =>
      Float32Array.from({ length }, (__, column) => value(row, column)),
    )
  const centre = Array.from({ length }, () => random() - 0.5)
  return {
    random: of(80, () => random() - 0.5),
    clustered: of(80, (_, column) => (centre[column] ?? 0) + 0.02 * (random() - 0.5)),
    'nearly the same': of(80, (_, column) => (centre[column] ?? 0) * (1 + 2e-4 * (random() - 0.5))),
    duplicated: of(80, (_, column) => centre[column] ?? 0),
    'of one large value': of(40, (row, column) => (column === row % length ? 1 : 1e-8 * random())),
    'rounded as badly as can be': of(60, () => halfway(random) * Math.sign(random() - 0.5)),
    tiny: of(20, () => 1e-38 * (random() - 0.5)),
    subnormal: of(20, (_, column) => (column === 0 ? 1e-43 : 1.4e-45 * Math.round(9 * random()))),
    huge: of(20, () => 3e38 * (random() - 0.5)),
    'of all sizes': of(40, () => (random() - 0.5) * 10 ** (12 * random() - 6)),
  }
}

function expected(vectors: readonly Float32Array[], query: Float32Array, topK: number, minScore: number) {
  return vectors
    .map((vector, index) => ({ id: `n${index}`, score: cosine(vector, query), index }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topK)
    .map(({ id, score }) => ({ id, score }))
}

describe('a query in 16 bits', () => {
  it('has the nearest values that 16 bits hold, and knows how far it is from its direction', () => {
    // 2^-14 and less in multiples of 2^-24; above, 11 significant bits. Halfway to the even one or away from zero.
    const { values } = halfQuery(new Float32Array([0.6, 0.8, 0, 0]))
    expect([...values]).toEqual([0.60009765625, 0.7998046875, 0, 0])
    const small = halfQuery(new Float32Array([1, 3e-5, 5e-8, 2.9e-8]))
    expect([...small.values]).toEqual([1, 503 * 2 ** -24, 2 ** -24, 0])
    const random = seeded()
    for (let round = 0; round < 200; round++) {
      const query = Float32Array.from({ length: 33 }, () => (random() - 0.5) * 10 ** (random() * 70 - 35))
      const { values, error } = halfQuery(query)
      const length = Math.hypot(...query)
      const lost = Math.hypot(...[...values].map((value, index) => value - (query[index] ?? 0) / length))
      expect(Math.abs(lost - error)).toBeLessThanOrEqual(1e-12)
      expect(error).toBeLessThanOrEqual(2 ** -11 + Math.sqrt(33) * 2 ** -25)
      for (const value of values) {
        const step = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10))
        expect(Math.abs(value) % step).toBe(0)
      }
    }
  })
})

describe.each(databaseKinds)('rough copies of vectors on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  /** Neither embedded PostgreSQL nor short vectors would be given such a store by themselves. */
  const withRough = async (
    dimensions: number,
    vectors: readonly Float32Array[],
    use: (backend: PostgresBackend, schema: string) => Promise<void>,
  ) => {
    const schema = freshSchema()
    try {
      await applyPrinted(database.pool, { schema, dimensions, vectorLayout: 'rough' })
      const backend = await PostgresBackend.open({ ...database.target, schema, migrate: 'check' })
      try {
        // Every vector twice: the other tenant's must not be found, nor push one out.
        await backend.insertNodes(
          vectors.flatMap((embedding, index) =>
            ['other', tenantId].map((tenantId) => ({
              ...{ id: `n${index}`, humanContent: tenantId, assistantContent: 'a', tenantId, embedding },
            })),
          ),
        )
        await use(backend, schema)
      } finally {
        await backend.close()
      }
    } finally {
      await dropSchema(database.pool, schema)
    }
  }

  it.each([3, 16, 129, 1024])('score no further from the truth than is proved, with %i values', async (n) => {
    const random = seeded()
    const all = families(n, random)
    const vectors = Object.values(all).flat()
    await withRough(n, vectors, async (_, schema) => {
      let worst = 0
      for (const [name, family] of Object.entries(all)) {
        const query = family[3] ?? new Float32Array(n)
        for (const wanted of [query, query.map((value) => value * (1 + 0.3 * (random() - 0.5)))]) {
          const { values, error } = halfQuery(wanted)
          const { rows } = await database.pool.query<{ readonly id: string; readonly rough: number }>(
            `SELECT id, -(rough <#> $1::vector::halfvec(${n})) AS rough FROM ${schema}.node_vector WHERE owner_key = 't:acme'`,
            [`[${[...values].join(',')}]`],
          )
          expect(rows).toHaveLength(vectors.length)
          const bound = roughScoreError(n, error)
          for (const { id, rough } of rows) {
            const vector = vectors[Number(id.slice(1))] ?? query
            const off = Math.abs(rough - cosine(vector, wanted))
            worst = Math.max(worst, off / bound)
            if (off > bound)
              throw new Error(`${id}, asked as ${name}: ${rough} is off by ${off}, not ${bound}`)
          }
        }
      }
      // A control: these vectors come near enough to the bound to show one that is a few times too small.
      expect(worst).toBeGreaterThan(n === 1024 ? 0.1 : 0.2)
    })
  })

  it.each([16, 129])('find what comparing everything in float64 finds, with %i values', async (n) => {
    const random = seeded()
    const all = families(n, random)
    const vectors = Object.values(all)
      .flat()
      .sort(() => random() - 0.5)
    await withRough(n, vectors, async (backend) => {
      for (const [name, family] of Object.entries(all)) {
        const member = family[Math.floor(random() * family.length)] ?? new Float32Array(n)
        for (const query of [member, member.map((value) => value * (1 + 0.1 * (random() - 0.5)))]) {
          for (const [topK, minScore] of [
            [1, -1],
            [10, -1],
            [10, 0.9],
            [60, 0.2],
            [150, -1],
          ] as const) {
            const found = await backend.vectorSearch(query, { tenantId }, { topK, minScore })
            const right = expected(vectors, query, topK, minScore)
            expect(found.every(({ node }) => node.humanContent === tenantId)).toBe(true)
            const told = found.map(({ node, score }) => ({ id: node.id, score }))
            expect(told, `${name}, ${topK}, ${minScore}`).toEqual(right)
          }
        }
      }
    })
  })

  it('are asked once where few are near, and widened where many are, near and with the same score', async () => {
    const random = seeded()
    const { random: apart = [], 'nearly the same': close = [], duplicated = [] } = families(24, random)
    await withRough(24, [...apart, ...close, ...duplicated], async (_, schema) => {
      const vectors = [...apart, ...close, ...duplicated]
      const { pool, sent } = spiedPool(database.pool)
      const backend = await PostgresBackend.open({ pool, schema })
      const statements = async (query: Float32Array, topK: number) => {
        const before = sent.length
        const found = await backend.vectorSearch(query, { tenantId }, { topK, minScore: -1 })
        expect(found.map(({ node, score }) => ({ id: node.id, score }))).toEqual(
          expected(vectors, query, topK, -1),
        )
        return sent.slice(before).filter(({ text }) => text.includes('.node_vector v')).length
      }
      try {
        // Far from all that lie together, so that the best are spread out.
        const away = Float32Array.from({ length: 24 }, (__, column) => -(close[0]?.[column] ?? 0))
        expect(await statements(away, 5)).toBe(1)
        for (const topK of [1, 5, 60, 100]) {
          expect(await statements(close[0] ?? away, topK), `${topK}`).toBeGreaterThan(1)
          expect(await statements(duplicated[0] ?? away, topK), `${topK}`).toBeGreaterThan(1)
        }
      } finally {
        await backend.close()
      }
    })
  })
})
