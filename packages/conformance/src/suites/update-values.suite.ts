import { expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { acme, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

const texts = [
  'nul \0 inside',
  'half \ud83d of a pair',
  '',
  "'; DROP TABLE node; --",
  '\\u0041 \\n',
  '\ufeff',
]
const times = ['2024-03-01T12:00:00.000001', '2024-02-29 23:59:59.999999+05:30', '0001-01-01T00:00:00', null]

/** What a patch writes is what an insert would have written: part of the suite of updates. */
export function updateValues(harness: BackendHarness): void {
  it('keeps every text and time of a patch as it is', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNode(sampleNode('a', { clusterLabel: 'old', clusterId: 3 }))
      for (const text of texts) {
        const patch = {
          ...{ humanContent: text, assistantContent: text, conversationId: text, source: text },
          ...{ clusterLabel: text, metadata: { [`key ${text}`]: text } },
        }
        expect(await backend.updateNode(acme, 'a', patch)).toBe(true)
        expect(await backend.getNode(acme, 'a'), JSON.stringify(text)).toMatchObject(patch)
        expect(await backend.countNodes(acme, { filter: { source: text } })).toBe(1)
      }
      for (const lastAccessed of times) {
        const patch = { lastAccessed, ...(lastAccessed === null ? {} : { createdAt: lastAccessed }) }
        await backend.updateNode(acme, 'a', patch)
        expect(await backend.getNode(acme, 'a'), String(lastAccessed)).toMatchObject(patch)
      }
      const nothing = { clusterLabel: null, clusterId: null }
      await backend.updateNode(acme, 'a', nothing)
      expect(await backend.getNode(acme, 'a')).toMatchObject(nothing)
    }))

  it('takes tags and metadata whole, and adds to what it does not know', () =>
    withBackend(harness, async (backend) => {
      await backend.insertNode(
        sampleNode('a', {
          tags: { topics: ['old'], mine: ['old'] },
          metadata: { old: { deep: 1 }, both: 1 },
          extra: { old: { deep: 1 }, both: 1 },
        }),
      )
      const patch = {
        tags: { domains: ['new'], topics: [], entities: [], processes: [] },
        metadata: { both: 2 },
        extra: { both: { new: [null] }, '__proto__ ': 1 },
      }
      await backend.updateNode(acme, 'a', patch)
      expect(await backend.getNode(acme, 'a')).toMatchObject({ tags: patch.tags, metadata: patch.metadata })
      const node = await backend.getNode(acme, 'a')
      expect(Object.keys(node?.tags ?? {}).sort()).toEqual(['domains', 'entities', 'processes', 'topics'])
      expect(node?.metadata).toEqual({ both: 2 })
      expect(node?.extra).toEqual({ old: { deep: 1 }, both: { new: [null] }, '__proto__ ': 1 })
      expect(await backend.countNodes(acme, { filter: { tags: 'old' } })).toBe(0)
      expect(await backend.countNodes(acme, { filter: { tags: 'new' } })).toBe(1)
    }))
}
