import type { MemoryBackend } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectCode, expectMistake } from '../expect-rejection.js'
import { acme, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'
import { keywordChanges } from './keyword-changes.suite.js'
import { keywordRanking } from './keyword-ranking.suite.js'
import { keywordScope } from './keyword-scope.suite.js'
import { keywordWords } from './keyword-words.suite.js'

/** Search by words, or `NOT_SUPPORTED`. */
export function keywordSearchSuite(harness: BackendHarness): void {
  describe('keyword search', () => {
    if (!harness.capabilities.keywordSearch) {
      it('is not supported, as declared', () =>
        withBackend(harness, async (backend) => {
          await fill(backend)
          await expectCode('NOT_SUPPORTED', () => backend.keywordSearch('apple', acme))
          await expectCode('NOT_SUPPORTED', () => backend.keywordSearch('apple', acme, { topK: 0 }))
          await expectCode('NOT_SUPPORTED', () => backend.withScope(acme).keywordSearch('apple'))
        }))
      return
    }

    it('finds the nodes that hold a word, the best first', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        expect(await ids(backend, 'apple')).toEqual(['twice', 'once', 'long'])
        expect(await ids(backend, 'quince')).toEqual(['rare'])
        expect(await ids(backend, 'APPLE quince')).toHaveLength(4)
        expect((await ids(backend, 'filler quince'))[0]).toBe('rare')
        expect(await ids(backend, 'nowhere')).toEqual([])
        expect(await ids(backend, '')).toEqual([])
        for (const { score } of await backend.keywordSearch('apple', acme)) expect(score).toBeGreaterThan(0)
      }))

    it('breaks ties by insertion order and stops at topK, 10 unless told', () =>
      withBackend(harness, async (backend) => {
        const names = ['z', 'a', 'm', 'b', 'y', 'c', 'x', 'd', 'w', 'e', 'v', 'f']
        const text = { humanContent: 'apple pie', assistantContent: 'filler' }
        await backend.insertNodes(names.map((id) => sampleNode(id, text)))
        expect(await ids(backend, 'apple')).toEqual(names.slice(0, 10))
        expect(await ids(backend, 'apple', { topK: 3 })).toEqual(names.slice(0, 3))
        expect(await ids(backend, 'apple', { topK: 0 })).toEqual([])
        expect(await ids(backend, 'apple', { topK: 1, filter: { ids: ['b', 'f'] } })).toEqual(['b'])
      }))

    keywordRanking(harness)
    keywordScope(harness)
    keywordChanges(harness)
    keywordWords(harness)

    it('takes any text as words', () =>
      withBackend(harness, async (backend) => {
        await fill(backend)
        for (const text of [
          "'",
          '"',
          '%',
          '&',
          '|',
          '!',
          '(',
          ':*',
          'a & b',
          '\\',
          '\0',
          '\ud800',
          '<->',
          '-- x',
        ]) {
          expect(await backend.keywordSearch(text, acme), JSON.stringify(text)).toEqual(expect.any(Array))
        }
        await expectMistake(TypeError, () => backend.keywordSearch(untyped(undefined), acme))
        await expectMistake(TypeError, () => backend.keywordSearch(untyped(7), acme))
        await expectMistake(TypeError, () => backend.keywordSearch('apple', untyped({ tenant_id: 'acme' })))
        await expectMistake(TypeError, () => backend.keywordSearch('apple', acme, untyped({ minScore: 1 })))
        await expectMistake(TypeError, () =>
          backend.keywordSearch('apple', acme, { filter: untyped({ colour: 'red' }) }),
        )
        await expectMistake(RangeError, () => backend.keywordSearch('apple', acme, { topK: -1 }))
        await expectMistake(TypeError, () => backend.keywordSearch('apple', acme, { topK: 1.5 }))
      }))
  })
}

async function ids(
  backend: MemoryBackend,
  text: string,
  options: Parameters<MemoryBackend['keywordSearch']>[2] = {},
) {
  return (await backend.keywordSearch(text, acme, options)).map(({ node }) => node.id)
}

async function fill(backend: MemoryBackend): Promise<void> {
  const node = (id: string, humanContent: string) =>
    sampleNode(id, { humanContent, assistantContent: 'filler' })
  await backend.insertNodes([
    node('once', 'apple one two three'),
    node('twice', 'apple apple two three'),
    node('long', `apple ${'filler '.repeat(60)}`),
    node('rare', 'quince one two three'),
    node('none', 'one two three four'),
  ])
}
