import type { MemoryNode } from '@holdfast/core'
import { describe, expect, it } from '#test'
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
          id: 'mem_a522c0414d03fac1',
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

    it('inserts nothing for an empty batch', () =>
      withBackend(harness, async (backend) => {
        expect(await backend.insertNodes([])).toEqual({ inserted: 0, replaced: 0, ignored: 0 })
        expect(await backend.insertNodes([sampleNode('a')])).toEqual({ inserted: 1, replaced: 0, ignored: 0 })
        expect(await backend.insertNode(sampleNode('b'))).toBeUndefined()
      }))
  })
}
