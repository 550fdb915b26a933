import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, axis, idsOf, sampleEpisode, sampleNode } from '../sample-records.js'
import { usualDimensions, withBackend } from '../with-backend.js'

/** The harness itself: without an empty, isolated backend for each test the other suites prove nothing. */
export function harnessSuite(harness: BackendHarness): void {
  describe('harness', () => {
    it('creates an empty backend', () =>
      withBackend(harness, async (backend) => {
        expect(await backend.admin.listScopes()).toEqual([])
        expect(await backend.admin.fingerprint()).toMatchObject({ nodes: 0, episodes: 0, vectors: 0 })
      }))

    it('creates backends that share nothing', () =>
      withBackend(harness, (first) =>
        withBackend(harness, async (second) => {
          await first.insertNodes([sampleNode('one', { embedding: axis(0) })])
          await first.insertEpisodes([sampleEpisode('one')])
          expect(await second.countNodes(acme)).toBe(0)
          expect(await second.countEpisodes(acme)).toBe(0)
          await second.insertNodes([sampleNode('one', { humanContent: 'mine' }), sampleNode('two')])
          expect(idsOf(await first.getNodes(acme))).toEqual(['one'])
          expect((await first.getNode(acme, 'one'))?.humanContent).toBe('question one')
        }),
      ))

    it('creates a store of the dimensions asked for', () =>
      withBackend(
        harness,
        async (backend) => {
          expect(backend.dimensions).toBe(5)
        },
        { dimensions: 5 },
      ))

    it('creates a store that takes vectors when no dimensions are asked for', () =>
      withBackend(
        harness,
        async (backend) => {
          const dimensions = backend.dimensions ?? 1024
          await backend.insertNode(sampleNode('a', { embedding: axis(0, dimensions) }))
          expect(backend.dimensions).toBe(dimensions)
          expect(await backend.getEmbeddings(acme)).toMatchObject({ rows: 1, dimensions })
        },
        {},
      ))

    it('destroys a backend that is closed already', () =>
      withBackend(harness, async (backend) => {
        await backend.close()
      }))

    it('offers reopen when the backend is durable', () => {
      expect(harness.reopen !== undefined || !harness.capabilities.durable).toBe(true)
    })

    it('offers openAgain when several may write', () => {
      expect(harness.openAgain !== undefined || !harness.capabilities.concurrentWriters).toBe(true)
    })

    it('has a backend whose capabilities are the exported constant, frozen and the same after use', () =>
      withBackend(harness, async (backend) => {
        expect(backend.capabilities).toEqual(harness.capabilities)
        expect(Object.isFrozen(harness.capabilities)).toBe(true)
        expect(Object.isFrozen(backend.capabilities)).toBe(true)
        const before = { ...harness.capabilities }
        await backend.insertNode(sampleNode('a', { embedding: axis(0, usualDimensions) }))
        await backend.vectorSearch(axis(0), acme)
        await backend.close()
        expect(backend.capabilities).toEqual(before)
        expect(harness.capabilities).toEqual(before)
      }))

    it('declares every capability as a boolean', () => {
      expect(Object.keys(harness.capabilities).sort()).toEqual([
        'approximateSearch',
        'concurrentWriters',
        'delete',
        'durable',
        'keywordSearch',
        'maintenance',
        'update',
      ])
      for (const value of Object.values(harness.capabilities)) expect(value).toBeTypeOf('boolean')
    })
  })
}
