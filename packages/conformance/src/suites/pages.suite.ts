import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { expectMistake } from '../expect-rejection.js'
import { acme, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { untyped } from '../untyped.js'
import { withBackend } from '../with-backend.js'

/** `getNodes` and `getEpisodes`: insertion order, limit and offset. */
export function pagesSuite(harness: BackendHarness): void {
  describe('pages', () => {
    it('lists in insertion order, whatever the ids and times are', () =>
      withBackend(harness, async (backend) => {
        const ids = ['m', 'b', 'z', 'a', 'Z', '10', '9', 'é']
        await backend.insertNodes(ids.slice(0, 5).map((id, i) => sampleNode(id, { createdAt: time(9 - i) })))
        await backend.insertNodes([sampleNode('between', { tenantId: 'other' })])
        for (const id of ids.slice(5)) await backend.insertNode(sampleNode(id, { createdAt: time(1) }))
        expect(idsOf(await backend.getNodes(acme))).toEqual(ids)
        expect(idsOf(await backend.getNodes(acme))).toEqual(ids)
        const episodes = ids.map((id, i) => sampleEpisode(id, { createdAt: time(9 - i) }))
        await backend.insertEpisodes(episodes.slice(0, 5))
        for (const episode of episodes.slice(5)) await backend.insertEpisodes([episode])
        expect(idsOf(await backend.getEpisodes(acme))).toEqual(ids)
      }))

    it('cuts pages out of that order', () =>
      withBackend(harness, async (backend) => {
        const ids = ['d', 'a', 'c', 'b', 'e']
        await backend.insertNodes(ids.map((id) => sampleNode(id)))
        await backend.insertEpisodes(ids.map((id) => sampleEpisode(id)))
        const max = Number.MAX_SAFE_INTEGER
        const limits = [undefined, 0, 1, 2, 4, 5, 6, max]
        for (const limit of limits) {
          for (const offset of [undefined, 0, 1, 4, 5, 6, max]) {
            const options = {
              ...(limit === undefined ? {} : { limit }),
              ...(offset === undefined ? {} : { offset }),
            }
            const start = offset ?? 0
            const expected = ids.slice(start, limit === undefined ? undefined : start + limit)
            const what = JSON.stringify(options)
            expect(idsOf(await backend.getNodes(acme, options)), what).toEqual(expected)
            expect(idsOf(await backend.getEpisodes(acme, options)), what).toEqual(expected)
          }
        }
      }))

    it('cuts pages after the filter', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(
          Array.from({ length: 10 }, (_, i) => sampleNode(`n${i}`, { source: i % 2 === 0 ? 'even' : 'odd' })),
        )
        const odd = { source: 'odd' }
        expect(idsOf(await backend.getNodes(acme, { filter: odd, limit: 2, offset: 1 }))).toEqual([
          'n3',
          'n5',
        ])
        expect(idsOf(await backend.getNodes(acme, { filter: odd, offset: 4 }))).toEqual(['n9'])
        expect(await backend.countNodes(acme, { filter: odd })).toBe(5)
      }))

    it('refuses limits and offsets that are none, and unknown options', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('a'))
        for (const name of ['limit', 'offset']) {
          for (const value of [-1, Number.MAX_SAFE_INTEGER * 2]) {
            await expectMistake(
              RangeError,
              () => backend.getNodes(acme, { [name]: value }),
              `${name} ${value}`,
            )
          }
          for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null, true]) {
            const options = untyped({ [name]: value })
            await expectMistake(TypeError, () => backend.getNodes(acme, options), `${name} ${value}`)
            await expectMistake(TypeError, () => backend.getEpisodes(acme, options), `${name} ${value}`)
          }
        }
        for (const options of [{ Limit: 1 }, { page: 2 }, { scope: {} }, { orderBy: 'id' }]) {
          await expectMistake(
            TypeError,
            () => backend.getNodes(acme, untyped(options)),
            JSON.stringify(options),
          )
        }
        await expectMistake(TypeError, () => backend.getEpisodes(acme, untyped({ filter: {} })), 'filter')
      }))
  })
}

function time(day: number): string {
  return `2024-01-0${day}T00:00:00`
}
