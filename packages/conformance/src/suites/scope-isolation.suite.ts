import type { MemoryBackend, MemoryNodeInput } from '@holdfast/core'
import { describe, expect, it } from '#test'
import { awkwardNames, impossibleNames } from '../awkward-names.js'
import type { BackendHarness } from '../backend-harness.js'
import { axis, sampleEpisode, sampleNode } from '../sample-records.js'
import { directReader, type ScopeView, viewOf } from '../scope-view.js'
import { withBackend } from '../with-backend.js'

const ask = { nodeIds: ['shared'], episodeIds: ['shared'], query: axis(0) }

/** No read shows a record of another owner, whatever the owners are called. */
export function scopeIsolationSuite(harness: BackendHarness): void {
  describe('scope isolation', () => {
    it.each(['tenantId', 'userId'] as const)('keeps owners apart whose names look alike (%s)', (field) =>
      withBackend(harness, async (backend) => {
        const records = awkwardNames.map((name, index) => recordsOf(field, name, index))
        await backend.insertNodes(records.map(({ node }) => node))
        await backend.insertEpisodes(records.map(({ episode }) => episode))
        for (const [index, name] of awkwardNames.entries()) {
          const view = await viewOf(directReader(backend, { [field]: name }), ask)
          expect(view, `${field} ${JSON.stringify(name)}`).toEqual(viewOfOne(field, name, index))
        }
      }),
    )

    it('keeps a tenant and a user of the same name apart', () =>
      withBackend(harness, async (backend) => {
        await addRecords(backend, 'tenantId', 'acme', 1)
        await addRecords(backend, 'userId', 'acme', 2)
        for (const [index, field] of (['tenantId', 'userId'] as const).entries()) {
          const view = await viewOf(directReader(backend, { [field]: 'acme' }), ask)
          expect(view, field).toEqual(viewOfOne(field, 'acme', index + 1))
        }
      }))

    it('keeps the same id under two owners as two nodes', () =>
      withBackend(harness, async (backend) => {
        const owners = [
          { tenantId: 'a' },
          { tenantId: 'b' },
          { tenantId: null, userId: 'a' },
          { tenantId: null, userId: 'b' },
        ]
        for (const [index, owner] of owners.entries()) {
          await backend.insertNode(sampleNode('same', { ...owner, sequenceIndex: index }))
        }
        for (const [index, owner] of owners.entries()) {
          expect((await backend.getNode(owner, 'same'))?.sequenceIndex).toBe(index)
          expect(await backend.countNodes(owner)).toBe(1)
        }
      }))

    it('shows a user the own nodes inside tenants, in insertion order, and nobody else their tenants', () =>
      withBackend(harness, async (backend) => {
        const of = (humanContent: string, tenantId: string | null, userId: string | null): MemoryNodeInput =>
          sampleNode(humanContent, { humanContent, tenantId, userId })
        await backend.insertNodes([of('a-kim', 'a', 'kim'), of('a-lee', 'a', 'lee'), of('kim', null, 'kim')])
        await backend.insertNodes([of('b-kim', 'b', 'kim'), of('a', 'a', null), of('kim10', null, 'kim10')])
        const listed = async (scope: { readonly tenantId?: string; readonly userId?: string }) =>
          (await backend.getNodes(scope)).map((node) => node.humanContent)
        expect(await listed({ userId: 'kim' })).toEqual(['a-kim', 'kim', 'b-kim'])
        expect(await listed({ tenantId: 'a' })).toEqual(['a-kim', 'a-lee', 'a'])
        expect(await listed({ tenantId: 'b' })).toEqual(['b-kim'])
        expect(await listed({ userId: 'lee' })).toEqual(['a-lee'])
      }))

    it('ignores the user of a scope that has a tenant', () =>
      withBackend(harness, async (backend) => {
        await backend.insertNodes([
          sampleNode('1', { userId: 'kim' }),
          sampleNode('2', { userId: 'lee' }),
          sampleNode('3', { tenantId: 'other', userId: 'kim' }),
        ])
        const view = (await backend.getNodes({ tenantId: 'acme', userId: 'kim' })).map(({ id }) => id)
        expect(view).toEqual(['1', '2'])
        expect(await backend.getNodes({ tenantId: 'nobody', userId: 'kim' })).toEqual([])
      }))

    it('gives a user the first inserted of two nodes with one id', () =>
      withBackend(harness, async (backend) => {
        const node = (tenantId: string) =>
          sampleNode('same', { tenantId, userId: 'kim', humanContent: tenantId, embedding: axis(0) })
        await backend.insertNode(node('second-by-name'))
        await backend.insertNode(node('first-by-name'))
        await backend.insertNodes([node('second-by-name')], { onConflict: 'replace' })
        const user = { userId: 'kim' }
        expect((await backend.getNode(user, 'same'))?.humanContent).toBe('second-by-name')
        const found = await backend.vectorSearch(axis(0), user)
        expect(found.map((hit) => hit.node.humanContent)).toEqual(['second-by-name', 'first-by-name'])
        expect((await backend.getEmbeddings(user)).nodeIds).toEqual(['same', 'same'])
      }))

    it('shows nothing to a name that no owner can have', () =>
      withBackend(harness, async (backend) => {
        for (const [index, name] of ['acme', '\ufffd', 'acme\ufffd', '\u{1f600}'].entries()) {
          await addRecords(backend, 'tenantId', name, index)
          await addRecords(backend, 'userId', name, index)
        }
        for (const name of impossibleNames) {
          for (const scope of [{ tenantId: name }, { userId: name }, { tenantId: name, userId: 'acme' }]) {
            expect(await viewOf(directReader(backend, scope), ask), JSON.stringify(scope)).toEqual(emptyView)
          }
        }
      }))
  })
}

type OwnerField = 'tenantId' | 'userId'

const titleOf = (field: OwnerField, name: string) => `${field} ${name}`

function recordsOf(field: OwnerField, name: string, cluster: number) {
  const title = titleOf(field, name)
  const owner = { tenantId: null, userId: null, [field]: name }
  const embedding = axis(0)
  return {
    node: sampleNode('shared', { ...owner, humanContent: title, clusterId: cluster, embedding }),
    episode: sampleEpisode('shared', { ...owner, title, embedding }),
  }
}

async function addRecords(backend: MemoryBackend, field: OwnerField, name: string, cluster: number) {
  const { node, episode } = recordsOf(field, name, cluster)
  await backend.insertNode(node)
  await backend.insertEpisodes([episode])
}

function viewOfOne(field: OwnerField, name: string, cluster: number): ScopeView {
  const titles = [titleOf(field, name)]
  return {
    byId: titles,
    listed: titles,
    counted: 1,
    scanned: titles,
    found: titles,
    rowsInScope: 1,
    vectorIds: ['shared'],
    scannedVectors: 1,
    clusters: [[cluster, [0]]],
    centroids: [cluster],
    episodesById: titles,
    episodesListed: titles,
    episodesCounted: 1,
    episodesScanned: titles,
    episodesFound: titles,
    episodeVectorIds: ['shared'],
  }
}

const emptyView: ScopeView = {
  byId: [undefined],
  listed: [],
  counted: 0,
  scanned: [],
  found: [],
  rowsInScope: 0,
  vectorIds: [],
  scannedVectors: 0,
  clusters: [],
  centroids: [],
  episodesById: [undefined],
  episodesListed: [],
  episodesCounted: 0,
  episodesScanned: [],
  episodesFound: [],
  episodeVectorIds: [],
}
