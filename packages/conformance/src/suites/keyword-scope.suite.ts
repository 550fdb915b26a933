import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme } from '../sample-records.js'
import { withBackend } from '../with-backend.js'
import { findWords, spoken, wordHits } from '../word-sample.js'

const mine = [
  spoken('a', 'apple apple pear'),
  spoken('b', 'apple and a long tail of other words'),
  spoken('c', 'pear'),
]

/** Whose words count: part of the suite of keyword search. */
export function keywordScope(harness: BackendHarness): void {
  it('gives a scope the scores that it has alone', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes(mine)
      const queries = ['apple', 'pear', 'apple pear', 'secret', 'apple secret', 'words tail']
      const alone = new Map<string, unknown>()
      for (const query of queries) alone.set(query, await backend.keywordSearch(query, acme, { topK: 100 }))
      const others = Array.from({ length: 40 }, (_, at) =>
        spoken(`x${at}`, at % 2 === 0 ? 'apple secret '.repeat(at) : 'pear', {
          tenantId: ['acme2', 'ACME', 'acm', 'acme%'][at % 4] ?? '',
        }),
      )
      await backend.insertNodes(others)
      // Of the same ids, and of users, in tenants and without one.
      await backend.insertNodes(
        mine.map((node) => ({ ...node, tenantId: 'other', humanContent: 'secret apple' })),
      )
      await backend.insertNodes([spoken('u', 'apple secret', { tenantId: null, userId: 'acme' })])
      for (const query of queries) {
        expect(await backend.keywordSearch(query, acme, { topK: 100 }), query).toEqual(alone.get(query))
      }
      // The control: the others are there, and seen by their own scopes.
      expect(await wordHits(backend, 'secret', { scope: { tenantId: 'other' } })).toEqual(['a', 'b', 'c'])
      expect(await wordHits(backend, 'secret', { scope: { userId: 'acme' } })).toEqual(['u'])
      expect(await wordHits(backend, 'secret', { scope: { tenantId: 'acme2' }, topK: 100 })).toHaveLength(9)
    }))

  it('gives a user what is theirs in every tenant, with scores of their own', () =>
    withBackend(harness, async (backend) => {
      const kims = [
        spoken('a', 'apple pie', { userId: 'kim' }),
        spoken('b', 'apple', { tenantId: 'other', userId: 'kim' }),
        spoken('c', 'apple tart today', { tenantId: null, userId: 'kim' }),
      ]
      await backend.insertNodes(kims)
      const kim = { userId: 'kim' }
      const alone = await findWords(backend, 'apple today', { scope: kim })
      expect(alone.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
      await backend.insertNodes([
        spoken('d', 'apple today today'),
        spoken('e', 'today', { userId: 'lee' }),
        spoken('f', 'today', { tenantId: null, userId: 'Kim' }),
      ])
      expect(await findWords(backend, 'apple today', { scope: kim })).toEqual(alone)
      // In enterprise mode the user is not looked at.
      const tenant = await findWords(backend, 'apple today')
      expect(await findWords(backend, 'apple today', { scope: { ...acme, userId: 'kim' } })).toEqual(tenant)
      expect(tenant.map(({ id }) => id).sort()).toEqual(['a', 'd', 'e'])
    }))

  it('finds nothing for nobody', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNodes(mine)
      for (const scope of [
        {},
        { tenantId: '' },
        { userId: null },
        { tenantId: 'nobody' },
        { userId: 'acme' },
      ]) {
        expect(await findWords(backend, 'apple pear', { scope }), JSON.stringify(scope)).toEqual([])
      }
      expect(await backend.withScope(acme).keywordSearch('apple')).toEqual(
        await backend.keywordSearch('apple', acme),
      )
      expect(await wordHits(backend, 'apple')).toEqual(['a', 'b'])
    }))
}
