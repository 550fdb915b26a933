import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode, sampleNodes } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const writers = Array.from({ length: 20 }, (_, index) => index)

/** Many calls at once on one backend. */
export function concurrencySuite(harness: BackendHarness): void {
  describe('concurrency', () => {
    it('stores what 20 inserts at once bring, each once', () =>
      withBackend(harness, async (backend) => {
        await Promise.all(
          writers.map((w) => backend.insertNodes(sampleNodes(3, `w${w}-`, { embedding: axis(0) }))),
        )
        const ids = idsOf(await backend.getNodes(acme))
        expect([...ids].sort()).toEqual(writers.flatMap((w) => [`w${w}-0`, `w${w}-1`, `w${w}-2`]).sort())
        expect(await backend.countNodes(acme)).toBe(60)
        expect((await backend.getEmbeddings(acme)).nodeIds).toEqual(ids)
        expect(idsOf(await drainNodes(backend.scanNodes(acme, { batchSize: 7 })))).toEqual(ids)
        // A batch stays in its own order.
        for (const w of writers) {
          const places = [0, 1, 2].map((index) => ids.indexOf(`w${w}-${index}`))
          expect(places).toEqual([...places].sort((a, b) => a - b))
        }
      }))

    it('lets exactly one of 20 inserts of one id win', () =>
      withBackend(harness, async (backend) => {
        const outcomes = await Promise.allSettled(
          writers.map((w) =>
            backend.insertNodes([sampleNode(`own${w}`), sampleNode('same', { sequenceIndex: w })]),
          ),
        )
        const winners = writers.filter((w) => outcomes[w]?.status === 'fulfilled')
        expect(winners).toHaveLength(1)
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toHaveProperty('code', 'DUPLICATE_ID')
        }
        expect(idsOf(await backend.getNodes(acme))).toEqual([`own${winners[0]}`, 'same'])
        expect((await backend.getNode(acme, 'same'))?.sequenceIndex).toBe(winners[0])
      }))

    it('lets every one of 20 inserts of one id under 20 owners win', () =>
      withBackend(harness, async (backend) => {
        await Promise.all(writers.map((w) => backend.insertNode(sampleNode('same', { tenantId: `t${w}` }))))
        for (const w of writers) expect(await backend.countNodes({ tenantId: `t${w}` })).toBe(1)
      }))

    it('counts right when 20 inserts of one id ignore or replace', () =>
      withBackend(harness, async (backend) => {
        for (const [mode, count] of [
          ['ignore', 'ignored'],
          ['replace', 'replaced'],
        ] as const) {
          const results = await Promise.all(
            writers.map((w) =>
              backend.insertNodes([sampleNode(mode, { sequenceIndex: w })], { onConflict: mode }),
            ),
          )
          expect(results.filter(({ inserted }) => inserted === 1)).toHaveLength(1)
          expect(results.filter((result) => result[count] === 1)).toHaveLength(19)
        }
        expect(idsOf(await backend.getNodes(acme))).toEqual(['ignore', 'replace'])
      }))

    if (harness.capabilities.delete) {
      it('counts every deleted record once when many delete at once', () =>
        withBackend(harness, async (backend) => {
          const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
          await backend.insertNodes(sampleNodes(9))
          const ids = ['n0', 'n1', 'n2', 'n3', 'nowhere']
          const some = await Promise.all(writers.map(() => backend.deleteNodes(acme, ids)))
          expect(sum(some)).toBe(4)
          await backend.insertEpisodes([sampleEpisode('e')])
          const all = await Promise.all(writers.map(() => backend.deleteScope(acme)))
          expect(sum(all)).toBe(6)
          expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 0, episodes: 0 })
        }))
    }

    it('never shows a reader half of a batch', () =>
      withBackend(harness, async (backend) => {
        const seen: number[] = []
        const reading = async () => {
          for (let i = 0; i < 20; i++) {
            seen.push((await backend.getNodes(acme)).length, (await backend.getEmbeddings(acme)).rows)
          }
        }
        const writing = async () => {
          for (const w of writers) await backend.insertNodes(sampleNodes(5, `w${w}-`, { embedding: axis(0) }))
        }
        await Promise.all([reading(), writing()])
        expect(seen.filter((count) => count % 5 !== 0)).toEqual([])
        expect(await backend.countNodes(acme)).toBe(100)
      }))

    it('answers reads and searches of many scopes at once, each for its own', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes(
          writers.flatMap((w) => sampleNodes(3, `w${w}-`, { tenantId: `t${w}`, embedding: axis(w % 8) })),
        )
        await backend.insertEpisodes(writers.map((w) => sampleEpisode(`w${w}`, { tenantId: `t${w}` })))
        await Promise.all(
          writers.map(async (w) => {
            const handle = backend.withScope({ tenantId: `t${w}` })
            const own = [`w${w}-0`, `w${w}-1`, `w${w}-2`]
            const [nodes, found, episodes] = await Promise.all([
              handle.getNodes(),
              handle.vectorSearch(axis(w % 8)),
              handle.getEpisodes(),
            ])
            expect(idsOf(nodes)).toEqual(own)
            expect(found.map(({ node }) => node.id)).toEqual(own)
            expect(idsOf(episodes)).toEqual([`w${w}`])
          }),
        )
      }))
  })
}
