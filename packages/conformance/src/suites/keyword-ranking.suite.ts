import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { type KnownDocument, rankByCounting } from '../bm25-oracle.js'
import { sampleNode } from '../sample-records.js'
import { type SeededRandom, seededRandom } from '../seeded-random.js'
import { withBackend } from '../with-backend.js'
import { expectMatches, findWords, nodeOf, spoken, wordHits } from '../word-sample.js'

const seed = 1994
const vocabulary = ['the', 'of', 'apple', 'pear', 'quince', 'x1', '2024', 'strasse', '猫', 'λόγος'] as const

/** What a match is worth: part of the suite of keyword search. */
export function keywordRanking(harness: BackendHarness): void {
  it('scores by BM25 with k1 1.2 and b 0.75', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes([
        spoken('a', 'apple apple tart'),
        spoken('b', 'apple'),
        sampleNode('c', { humanContent: 'pear', assistantContent: 'the apple of the pear tree is apple' }),
        spoken('d', 'pear tree'),
        spoken('e', ''),
      ])
      // Worked out by hand: N = 5, 3 have the word, 15 words in all, so 3 on average.
      const rarity = Math.log(1 + 2.5 / 3.5)
      expectMatches(
        await findWords(backend, 'apple'),
        [
          { id: 'a', score: rarity * (4.4 / 3.2) },
          { id: 'b', score: rarity * (2.2 / 1.6) },
          { id: 'c', score: rarity * (4.4 / 5) },
        ],
        'apple',
      )
    }))

  it(`ranks as counting words does (seed ${seed})`, () =>
    withBackend(harness, async (backend) => {
      const random = seededRandom(seed)
      const documents = Array.from({ length: 80 }, (_, at) => randomDocument(random, `n${at}`))
      await backend.insertNodes(documents.map(nodeOf))
      let compared = 0
      for (let round = 0; round < 40; round++) {
        const words = [...new Set(randomWords(random, 1 + random.below(4)))]
        const query = words.join(random.pick([' ', ', ', ' - ']))
        const expected = rankByCounting(words, documents)
        const topK = random.pick([1, 5, 1000])
        expectMatches(await findWords(backend, query, { topK }), expected.slice(0, topK), query)
        compared += expected.length
      }
      expect(compared).toBeGreaterThan(500)
    }))

  it('counts a word of the query once, and not at all when nobody has it', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes([spoken('a', 'apple pear'), spoken('b', 'apple'), spoken('c', 'tart')])
      const once = await findWords(backend, 'apple pear')
      expect(once.map(({ id }) => id)).toEqual(['a', 'b'])
      for (const query of ['apple pear apple APPLE', 'pear apple', 'unknown apple, pear']) {
        expectMatches(await findWords(backend, query), once, query)
      }
    }))

  it('finds a word that every node has, and is worth little', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes([spoken('a', 'the the the'), spoken('b', 'the apple'), spoken('c', 'of the')])
      const found = await findWords(backend, 'the')
      expect(found).toHaveLength(3)
      for (const { score } of found) expect(score).toBeGreaterThan(0)
      expect((await wordHits(backend, 'the apple'))[0]).toBe('b')
    }))

  it('lets a filter take away results, before topK and without changing a score', () =>
    withBackend(harness, async (backend) => {
      // Those that pass are the worst of all.
      const plain = Array.from({ length: 150 }, (_, at) => spoken(`p${at}`, 'apple apple'))
      const marked = ['m1', 'm2', 'm3', 'm4'].map((id, at) =>
        spoken(id, `apple${' filler'.repeat(4 - at)}`, {
          hasCode: true,
          userId: at % 2 === 0 ? 'kim' : 'lee',
          tags: { topic: ['x'] },
        }),
      )
      await backend.insertNodes([...marked.slice(0, 2), ...plain, ...marked.slice(2)])
      const all = await findWords(backend, 'apple', { topK: 1000 })
      expect(all).toHaveLength(154)
      const ids = ['m4', 'm3', 'm2', 'm1']
      const kept = all.filter(({ id }) => ids.includes(id))
      expect(kept.map(({ id }) => id)).toEqual(ids)
      for (const filter of [{ hasCode: true }, { tags: 'x' }, { userId: ['kim', 'lee'] }, { ids }]) {
        for (const topK of [1, 3, 10]) {
          const found = await findWords(backend, 'apple', { filter, topK })
          expectMatches(found, kept.slice(0, topK), `${JSON.stringify(filter)} ${topK}`)
          expect(found.map(({ id }) => id)).toEqual(ids.slice(0, topK))
        }
      }
      expect(await wordHits(backend, 'apple', { filter: { hasCode: true, userId: 'lee' } })).toEqual([
        'm4',
        'm2',
      ])
      expect(await findWords(backend, 'apple', { filter: { ids: [] } })).toEqual([])
      expect(await findWords(backend, 'apple', { filter: {}, topK: 1000 })).toEqual(all)
      expect(await wordHits(backend, 'apple', { filter: { hasCode: false }, topK: 3 })).toEqual([
        'p0',
        'p1',
        'p2',
      ])
    }))
}

function randomDocument(random: SeededRandom, id: string): KnownDocument {
  return { id, human: randomWords(random, random.below(6)), assistant: randomWords(random, random.below(20)) }
}

/** The first of the vocabulary are the most frequent. */
function randomWords(random: SeededRandom, count: number): readonly string[] {
  return Array.from(
    { length: count },
    () => vocabulary[Math.floor(vocabulary.length * random.next() ** 2)] ?? vocabulary[0],
  )
}
