import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileBackend } from '@holdfast/backend-file'
import type { MemoryBackend, MemoryNodeInput, NodeFilter, Scope } from '@holdfast/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from '../support/test-database.js'

const seed = Number(process.env.HOLDFAST_TEST_SEED ?? 20_261_126)
const runs = 50

/** Frequent ones first; in several scripts, forms and cases, with what no column holds as it is. */
const pieces = [
  ...['apple', 'the', 'pear', 'APPLE', 'Straße', 'strasse', '猫', '東京都', 'γάτα', 'ΓΆΤΑ', 'हिन्दी', 'ภาษา'],
  ...[
    'カタカナ',
    '한국어',
    'שלום',
    'cafe\u0301',
    'café',
    '٤٢',
    '𝒳𝒴',
    "don't",
    'a_b',
    '3.14',
    '\0',
    '\ud800',
    '👍',
  ],
  ...['\n', '\t', '\\', '"', '%', 'x'.repeat(70), `${'x'.repeat(64)}y`, 'often '.repeat(130), '\u0001"'],
]
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...pieces.slice(0, 4)) },
  fc.constantFrom(...pieces),
)
/** Some are alike, so that scores are. */
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((words) => words.join(' ')),
  fc.constantFrom('apple', 'apple the', ''),
)

/** An id has one owner: which of two nodes of one id a user's delete means is no question of words. */
const place = fc
  .record({ number: fc.nat(7), tenant: fc.nat(2), user: fc.nat(2) })
  .map(({ number, tenant, user }) => ({ id: `n${number}-${tenant}`, tenant, user }))
const node = fc.record({ place, human: text, assistant: text, code: fc.boolean() })
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      nodes: fc.uniqueArray(node, { minLength: 1, maxLength: 8, selector: ({ place: { id } }) => id }),
      onConflict: fc.constantFrom('ignore' as const, 'replace' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      place,
      asUser: fc.boolean(),
      patch: fc.record({ humanContent: text, assistantContent: text, source: text }, { requiredKeys: [] }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), place, asUser: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), place, asUser: fc.boolean() }) },
)
const question = fc.record({
  text: fc.oneof(
    { weight: 6, arbitrary: fc.array(piece, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')) },
    { weight: 3, arbitrary: text },
    // More words than one statement looks for.
    { weight: 1, arbitrary: fc.constant(`${pieces.join(' ')} ${'abcdefghij'.split('').join(' ')}`) },
  ),
  place,
  asUser: fc.boolean(),
  topK: fc.constantFrom(1, 3, 1000),
  filter: fc.constantFrom<NodeFilter | undefined>(
    undefined,
    undefined,
    { hasCode: true },
    { ids: ['n1-0', 'n1-1', 'n2-1', 'n3-2'] },
  ),
})

type Place = typeof place extends fc.Arbitrary<infer T> ? T : never
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never

/** Runs do not meet in one store: everybody has a name of their own. */
const tenantOf = (run: number, { tenant }: Place) => (tenant === 0 ? null : `${run}-t${tenant}`)
const userOf = (run: number, { user, tenant }: Place) =>
  user === 0 && tenant > 0 ? null : `${run}-u${Math.max(user, 1)}`

function scopeOf(run: number, where: Place, asUser: boolean): Scope {
  const tenantId = tenantOf(run, where)
  if (tenantId !== null && !asUser) return { tenantId }
  return { userId: userOf(run, where) ?? `${run}-u1` }
}

async function take(backend: MemoryBackend, run: number, taken: Step): Promise<unknown> {
  switch (taken.kind) {
    case 'insert': {
      const nodes = taken.nodes.map(
        ({ place: where, human, assistant, code }): MemoryNodeInput => ({
          id: where.id,
          tenantId: tenantOf(run, where),
          userId: userOf(run, where),
          humanContent: human,
          assistantContent: assistant,
          hasCode: code,
        }),
      )
      return backend.insertNodes(nodes, { onConflict: taken.onConflict })
    }
    case 'update':
      return backend.updateNode(scopeOf(run, taken.place, taken.asUser), taken.place.id, taken.patch)
    case 'delete':
      return backend.deleteNodes(scopeOf(run, taken.place, taken.asUser), [taken.place.id])
    case 'clear':
      return backend.deleteScope(scopeOf(run, taken.place, taken.asUser))
    default:
      return taken satisfies never
  }
}

async function ask(backend: MemoryBackend, run: number, asked: Question) {
  const { topK, filter } = asked
  const options = { topK, ...(filter === undefined ? {} : { filter }) }
  const found = await backend.keywordSearch(asked.text, scopeOf(run, asked.place, asked.asUser), options)
  return found.map(({ node: { id, tenantId, userId }, score }) => ({
    name: `${tenantId}/${userId}/${id}`,
    score,
  }))
}

describe.each(databaseKinds)('keyword search on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it(`finds what the file backend finds, whatever was written (seed ${seed})`, { timeout: 120_000 }, () =>
    withStore(database, { dimensions: 2 }, async (postgres) => {
      const directory = await mkdtemp(join(tmpdir(), 'holdfast-words-'))
      onTestFinished(() => rm(directory, { recursive: true }))
      const files = await FileBackend.open({ dataDir: directory, dimensions: 2 })
      onTestFinished(() => files.close())
      const seen = { run: 0, matches: 0, ties: 0, orders: 0 }
      const story = fc.array(fc.tuple(step, fc.array(question, { minLength: 1, maxLength: 3 })), {
        minLength: 4,
        maxLength: 10,
      })
      await fc.assert(
        fc.asyncProperty(story, async (steps) => {
          const run = ++seen.run
          for (const [taken, questions] of steps) {
            expect(await take(postgres, run, taken)).toEqual(await take(files, run, taken))
            for (const asked of questions) {
              const expected = await ask(files, run, asked)
              const found = await ask(postgres, run, asked)
              const what = JSON.stringify(asked)
              expect(
                found.map(({ name }) => name),
                what,
              ).toEqual(expected.map(({ name }) => name))
              for (const [at, { score }] of found.entries()) {
                expect(Math.abs(score - (expected[at]?.score ?? Number.NaN)), what).toBeLessThanOrEqual(1e-9)
                const before = found[at - 1]?.score
                if (before === score) seen.ties += 1
                else if (before !== undefined) seen.orders += 1
              }
              seen.matches += found.length
            }
          }
        }),
        { seed, numRuns: runs },
      )
      // The control: there was something to compare.
      expect(seen.matches).toBeGreaterThan(300)
      expect(seen.ties).toBeGreaterThan(5)
      expect(seen.orders).toBeGreaterThan(100)
    }),
  )
})
