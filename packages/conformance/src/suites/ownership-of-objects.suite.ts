import type { MemoryNode } from '@holdfast/core'
import { describe, expect, it } from '#test'
import type { BackendHarness } from '../backend-harness.js'
import { drain } from '../drain.js'
import { acme, axis, sampleEpisode, sampleNode } from '../sample-records.js'
import { withBackend } from '../with-backend.js'

/** The caller's objects stay the caller's, and returned ones become so. */
export function ownershipOfObjectsSuite(harness: BackendHarness): void {
  describe('ownership of objects', () => {
    it('leaves its input as it was', () =>
      withBackend(harness, async (backend) => {
        const node = nodeInput()
        const episode = sampleEpisode('e', { embedding: axis(1), metadata: { a: [1] } })
        const nodes = [node, sampleNode('b')]
        await backend.insertNodes(nodes)
        await backend.insertEpisodes([episode])
        expect(node).toEqual(nodeInput())
        expect(nodes).toEqual([nodeInput(), sampleNode('b')])
        expect(episode).toEqual(sampleEpisode('e', { embedding: axis(1), metadata: { a: [1] } }))
      }))

    it('takes frozen input', () =>
      withBackend(harness, async (backend) => {
        const { embedding, ...rest } = nodeInput()
        const frozen = Object.freeze({ ...deepFreeze(rest), embedding })
        const scope = Object.freeze({ tenantId: 'acme' })
        await backend.insertNodes(Object.freeze([frozen]), Object.freeze({ onConflict: 'error' as const }))
        const options = Object.freeze({ topK: 1, filter: Object.freeze({ source: Object.freeze(['s']) }) })
        expect(await backend.vectorSearch(Object.freeze([...axis(0)]), scope, options)).toHaveLength(1)
      }))

    it('does not see what the caller changes in an input afterwards', () =>
      withBackend(harness, async (backend) => {
        const embedding = axis(0)
        const node = { ...nodeInput(), embedding }
        const inserting = backend.insertNodes([node])
        spoil(node)
        embedding.fill(9)
        await inserting
        spoil(node)
        await expectUntouched(backend.getNode(acme, 'a'))
        expect([...(await backend.getEmbeddings(acme)).data]).toEqual([...axis(0)])
      }))

    it('does not see what the caller changes in a result', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([nodeInput()])
        await backend.insertEpisodes([sampleEpisode('e', { embedding: axis(1), metadata: { a: [1] } })])
        const episode = await backend.getEpisode(acme, 'e')
        const again = await backend.getEpisode(acme, 'e')
        expect(again, 'another object').not.toBe(episode)
        spoil(again)
        spoil(await backend.getNode(acme, 'a'))
        for (const node of await backend.getNodes(acme)) spoil(node)
        for (const { node } of await backend.vectorSearch(axis(0), acme)) spoil(node)
        if (harness.capabilities.keywordSearch) {
          for (const { node } of await backend.keywordSearch('question', acme)) spoil(node)
          const [hit] = await backend.keywordSearch('question', acme)
          await expectUntouched(Promise.resolve(hit?.node))
        }
        for (const batch of await drain(backend.scanNodes(acme, { withEmbeddings: true }))) {
          for (const node of batch.nodes) spoil(node)
          for (const vector of batch.embeddings ?? []) vector?.fill(9)
        }
        for (const { records } of await drain(backend.admin.exportAll())) {
          for (const { embedding } of records) embedding?.fill(9)
        }
        ;(await backend.getEmbeddings(acme)).data.fill(9)
        ;(await backend.getEpisodeEmbeddings(acme)).data.fill(9)
        for (const centroid of (await backend.getClusterCentroids(acme)).values()) centroid.fill(9)
        for (const { episode: found } of await backend.searchEpisodes(axis(1), acme)) spoil(found)
        for (const listed of await backend.getEpisodes(acme)) spoil(listed)

        await expectUntouched(backend.getNode(acme, 'a'))
        await expectUntouched(backend.getNodes(acme).then(([node]) => node))
        expect([...(await backend.getEmbeddings(acme)).data]).toEqual([...axis(0)])
        expect((await backend.vectorSearch(axis(0), acme))[0]?.score).toBe(1)
        expect([...(await backend.getEpisodeEmbeddings(acme)).data]).toEqual([...axis(1)])
        expect(await backend.getEpisode(acme, 'e')).toEqual(episode)
        expect(episode?.metadata).toEqual({ a: [1] })
        expect([...((await backend.getClusterCentroids(acme)).get(2) ?? [])]).toEqual([...axis(0)])
      }))
  })
}

function nodeInput() {
  return sampleNode('a', {
    source: 's',
    clusterId: 2,
    tags: { topics: ['kept'] },
    metadata: { list: ['kept'], inner: { key: 'kept' } },
    extra: { future: { key: 'kept' } },
    embedding: axis(0),
  })
}

async function expectUntouched(read: Promise<MemoryNode | undefined>): Promise<void> {
  const node = await read
  expect(node?.source).toBe('s')
  expect(node?.tags.topics).toEqual(['kept'])
  expect(node?.metadata).toEqual({ list: ['kept'], inner: { key: 'kept' } })
  expect(node?.extra).toEqual({ future: { key: 'kept' } })
}

/** Overwrites every value of an object, as far down as it goes; a frozen one stays as it is. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  for (const key of Object.keys(value)) {
    const inner: unknown = Reflect.get(value, key)
    if (typeof inner === 'object' && inner !== null) spoil(inner)
    else Reflect.set(value, key, 'spoilt')
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
