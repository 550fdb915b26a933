import { type MemoryNode, matchesFilter, parseMemoryNode, resolveFilter } from '@holdfast/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FileBackend } from '../../src/index.js'
import { FilterFacts, type TextFilter } from '../../src/records/filter-facts.js'
import { RecordIndex } from '../../src/records/record-index.js'
import { seed } from '../simulated-disk/seed.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

type Random = ReturnType<typeof seededRandom>

const words = ['', 'a', 'b', 'B', 'a b', '\0', 'ä', '🌳', '__proto__', 'constructor', '["a"]']
const moments = ['2025-01-02T03:04:05', '2025-01-02T03:04:05.000001', '2025-01-02T03:04:05+01:00', 'soon', '']

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)] as T
}

function some(random: Random): string[] {
  return Array.from({ length: random.below(3) }, () => pick(random, words))
}

function randomNode(random: Random): MemoryNode {
  const node = parseMemoryNode({
    humanContent: '',
    assistantContent: '',
    conversationId: pick(random, words),
    source: pick(random, words),
    tags: { domains: some(random), topics: some(random), other: some(random) },
    hasCode: random.below(2) === 0,
    hasError: random.below(2) === 0,
  })
  return { ...node, createdAt: pick(random, moments) }
}

function randomFilter(random: Random): TextFilter {
  const given = {
    conversationId: some(random),
    source: pick(random, words),
    tags: some(random),
    hasCode: random.below(2) === 0,
    hasError: random.below(2) === 0,
    createdAfter: pick(random, moments.slice(0, 3)),
    createdBefore: pick(random, moments.slice(0, 3)),
  }
  const asked = Object.entries(given).filter(() => random.below(3) === 0)
  return resolveFilter(Object.fromEntries(asked)) ?? {}
}

describe(`what filters ask of nodes, seed ${seed}`, () => {
  it.each([
    ['with room for all', 1e6],
    ['with names for a few', 60 * 21 * 2],
    ['without room', 0],
  ])('says what the node itself says, %s', (_, budget) => {
    const random = seededRandom(seed)
    const facts = new FilterFacts(budget)
    const nodes = new Map<number, MemoryNode>()
    let known = { passed: 0, failed: 0, unknown: 0 }
    for (let step = 0; step < 3000; step++) {
      const row = random.below(80)
      if (random.below(2) === 0) {
        facts.forget([row])
        const node = randomNode(random)
        // Names that are never seen again.
        const isNew = random.below(4) === 0
        const kept = isNew ? { ...node, conversationId: `conversation ${step}` } : node
        nodes.set(row, kept)
        facts.set(row, kept)
      } else if (random.below(8) === 0) {
        facts.forget([row])
        nodes.delete(row)
      }
      const filter = randomFilter(random)
      const test = facts.test(filter)
      for (let at = 0; at < 80; at++) {
        const node = nodes.get(at)
        const passes = test(at)
        if (passes === undefined) known = { ...known, unknown: known.unknown + 1 }
        else {
          expect(node && matchesFilter(node, filter)).toBe(passes)
          known = passes ? { ...known, passed: known.passed + 1 } : { ...known, failed: known.failed + 1 }
        }
        if (budget === 1e6 && node !== undefined) expect(passes).toBeDefined()
      }
    }
    expect(known.unknown).toBeGreaterThan(0)
    expect(known.passed > 0 && known.failed > 0).toBe(budget > 0)
  })

  it('is read once of each text, and again of one that has changed', async () => {
    const scope = { tenantId: 'acme' }
    await using backend = await FileBackend.open({ dataDir: await temporaryDirectory(), durability: 'off' })
    const node = (number: number) => {
      const conversationId = `c${number % 3}`
      return { id: `n${number}`, ...scope, humanContent: '', assistantContent: '', conversationId }
    }
    await backend.insertNodes(Array.from({ length: 300 }, (_, number) => node(number)))
    const texts = vi.spyOn(RecordIndex.prototype, 'text')
    onTestFinished(() => texts.mockRestore())
    const asked = async (conversationId: string) => {
      texts.mockClear()
      const count = await backend.countNodes(scope, { filter: { conversationId } })
      return [count, new Set(texts.mock.calls.map(([row]) => row)).size]
    }
    expect(await asked('c0')).toEqual([100, 300])
    expect(await asked('c1')).toEqual([100, 0])
    await backend.insertNodes([node(300)])
    expect(await asked('c0')).toEqual([101, 1])
    await backend.insertNodes([{ ...node(0), conversationId: 'c1' }], { onConflict: 'replace' })
    expect(await asked('c0')).toEqual([100, 1])
    expect(await asked('c1')).toEqual([101, 0])
    await backend.deleteNodes(scope, ['n1'])
    expect(await asked('c1')).toEqual([100, 0])
    // These get the numbers of rows that have gone.
    await backend.deleteNodes(
      scope,
      Array.from({ length: 50 }, (_, number) => `n${number * 3 + 4}`),
    )
    await backend.admin.compact()
    const rows = new Set<number>()
    for (let number = 0; number < 60; number++) {
      await backend.insertNodes([{ ...node(1000 + number), conversationId: 'c3' }])
      expect(await asked('c3')).toEqual([number + 1, 1])
      for (const [row] of texts.mock.calls) rows.add(row)
    }
    expect([...rows].filter((row) => row < 300).length).toBeGreaterThan(20)
    expect(await asked('c1')).toEqual([50, 0])
  })
})
