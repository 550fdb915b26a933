import { createHash } from 'node:crypto'
import type { MemoryNode } from '@holdfast/core'
import { describe, expect, it } from 'vitest'
import type { BackendHarness } from '../backend-harness.js'
import { drainNodes } from '../drain.js'
import { acme, axis, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const full = {
  id: 'mem_full',
  conversationId: 'conv-1',
  sequenceIndex: 7,
  humanContent: 'How do I sort?',
  assistantContent: 'With sorted().',
  source: 'chatgpt',
  createdAt: '2024-02-29T23:59:59.999999+05:30',
  userId: 'kim',
  tenantId: 'acme',
  intentType: 'question',
  complexity: 'complex',
  technicalDepth: 7,
  emotionalValence: 'positive',
  urgency: 'high',
  conversationMode: 'debugging',
  actionRequired: true,
  hasCode: true,
  hasError: true,
  tags: { domains: ['d'], topics: ['t1', 't2'], entities: ['e'], processes: ['p'], custom: ['c'] },
  clusterId: 12,
  clusterLabel: 'sorting',
  clusterConfidence: 0.625,
  accessCount: 3,
  lastAccessed: '2024-03-01 08:00:00',
  metadata: { nested: { list: [1, 'two', null, true, { deep: -0.5 }] }, empty: {} },
  extra: { future_field: { a: [1.5, 'x'] }, another: null },
} as const satisfies MemoryNode

/** What is inserted comes back, through every read that returns nodes. */
export function insertAndGetSuite(harness: BackendHarness): void {
  describe('insert and get', () => {
    it('gives back every field, through every read', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode({ ...full, embedding: axis(2) })
        expect(await backend.getNode(acme, full.id)).toEqual(full)
        expect(await backend.getNodes(acme)).toEqual([full])
        expect(await drainNodes(backend.scanNodes(acme))).toEqual([full])
        expect(await backend.vectorSearch(axis(2), acme)).toEqual([{ node: full, score: 1 }])
        expect(await backend.getNode({ userId: 'kim' }, full.id)).toEqual(full)
      }))

    it('never returns a key named embedding on a node', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([sampleNode('a', { embedding: axis(0) }), sampleNode('b')])
        const nodes = [
          ...(await backend.getNodes(acme)),
          ...(await drainNodes(backend.scanNodes(acme, { withEmbeddings: true }))),
          ...(await backend.vectorSearch(axis(0), acme)).map(({ node }) => node),
        ]
        expect(nodes).toHaveLength(5)
        for (const node of nodes) expect(Object.keys(node)).not.toContain('embedding')
      }))

    it('fills in the defaults', () =>
      withBackend(harness, async (backend) => {
        const before = Date.now()
        await backend.insertNode({ humanContent: 'q', assistantContent: 'a', userId: 'kim' })
        const [node, ...others] = await backend.getNodes({ userId: 'kim' })
        expect(others).toEqual([])
        expect(node).toEqual({
          id: derivedId(':0:q'),
          conversationId: '',
          sequenceIndex: 0,
          humanContent: 'q',
          assistantContent: 'a',
          source: 'unknown',
          createdAt: expect.any(String),
          userId: 'kim',
          tenantId: null,
          intentType: 'statement',
          complexity: 'simple',
          technicalDepth: 0,
          emotionalValence: 'neutral',
          urgency: 'low',
          conversationMode: 'chat',
          actionRequired: false,
          hasCode: false,
          hasError: false,
          tags: { domains: [], topics: [], entities: [], processes: [] },
          clusterId: null,
          clusterLabel: null,
          clusterConfidence: 0,
          accessCount: 0,
          lastAccessed: null,
          metadata: {},
          extra: {},
        })
        const created = Date.parse(node?.createdAt ?? '')
        expect(created).toBeGreaterThanOrEqual(before)
        expect(created).toBeLessThanOrEqual(Date.now())
      }))

    it('derives an absent id from the first 100 code points of the question', () =>
      withBackend(harness, async (backend) => {
        const starts = ['short', 'x'.repeat(150), `${'y'.repeat(99)}\u{1f600}z`, '\u{1f600}'.repeat(101)]
        for (const [sequenceIndex, humanContent] of starts.entries()) {
          const node = {
            humanContent,
            assistantContent: '',
            conversationId: 'c:1',
            sequenceIndex,
            tenantId: 'acme',
          }
          await backend.insertNode(node)
          const hashed = `c:1:${sequenceIndex}:${Array.from(humanContent).slice(0, 100).join('')}`
          expect((await backend.getNode(acme, derivedId(hashed)))?.humanContent).toBe(humanContent)
        }
        expect(await backend.countNodes(acme)).toBe(starts.length)
        // A value from sha256sum, so that the expectation does not depend on the code above alone.
        expect(derivedId(':0:q')).toBe('mem_a522c0414d03fac1')
      }))

    it('has nothing under an id that was never inserted', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNode(sampleNode('abc'))
        for (const id of [
          'ab',
          'abcd',
          'ABC',
          'ab%',
          'ab_',
          '*',
          '',
          ' abc',
          'abc ',
          'a\0c',
          '\ud83d',
          "'",
          '__proto__',
        ]) {
          expect(await backend.getNode(acme, id), JSON.stringify(id)).toBeUndefined()
        }
        expect((await backend.getNode(acme, 'abc'))?.id).toBe('abc')
      }))

    it('keeps ids that look alike apart', () =>
      withBackend(harness, async (backend) => {
        const ids = [
          '1',
          '01',
          'a',
          'A',
          ' a',
          'a ',
          '%',
          '_',
          '*',
          '\\',
          "'",
          '"',
          '\u00e9',
          'e\u0301',
          '__proto__',
        ]
        ids.push('constructor', 'null', '\u{1f600}', '\ufffd', 'a:b', 'x'.repeat(512))
        await backend.insertNodes(ids.map((id, index) => sampleNode(id, { sequenceIndex: index })))
        for (const [index, id] of ids.entries()) {
          expect(await backend.getNode(acme, id), JSON.stringify(id)).toMatchObject({
            id,
            sequenceIndex: index,
          })
        }
        expect((await backend.getNodes(acme)).map(({ id }) => id)).toEqual(ids)
      }))

    it('inserts nothing for an empty batch', () =>
      withBackend(harness, async (backend) => {
        expect(await backend.insertNodes([])).toEqual({ inserted: 0, replaced: 0, ignored: 0 })
        expect(await backend.insertNodes([sampleNode('a')])).toEqual({ inserted: 1, replaced: 0, ignored: 0 })
        expect(await backend.insertNode(sampleNode('b'))).toBeUndefined()
      }))
  })
}

function derivedId(text: string): string {
  return `mem_${createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16)}`
}
