import { describe, expect, it } from 'vitest'
import type { NodePatch, ResolvedPatch } from '../src/index.js'
import { codeOf } from './support/catching.js'
import { FakeBackend } from './support/fake-backend.js'

async function resolved(patch: NodePatch | object): Promise<ResolvedPatch> {
  const backend = new FakeBackend()
  expect(await backend.updateNode({ tenantId: 't' }, 'n', patch)).toBe(true)
  return backend.calls[0]?.args[2] as ResolvedPatch
}

describe('a patch', () => {
  it('holds what it names and no default', async () => {
    expect(await resolved({})).toEqual({ fields: {}, extra: {}, embedding: undefined })
    expect(await resolved({ source: 's', has_code: true, clusterId: null, source_: 1 })).toStrictEqual({
      fields: { source: 's', hasCode: true, clusterId: null },
      extra: { source_: 1 },
      embedding: undefined,
    })
    expect(await resolved({ createdAt: new Date(0), lastAccessed: null, metadata: { a: 1 } })).toMatchObject({
      fields: { createdAt: '1970-01-01T00:00:00.000Z', lastAccessed: null, metadata: { a: 1 } },
    })
    expect((await resolved({ tags: { domains: ['d'] } })).fields).toEqual({
      tags: { domains: ['d'], topics: [], entities: [], processes: [] },
    })
  })

  it('sets a vector, takes it away, or leaves it', async () => {
    expect((await resolved({ embedding: [1, 2] })).embedding).toEqual(new Float32Array([1, 2]))
    expect((await resolved({ embedding: null })).embedding).toBeNull()
    expect((await resolved({ embedding: [0, 0] })).embedding).toBeNull()
    expect((await resolved({ embedding: undefined })).embedding).toBeUndefined()
  })

  it.each([
    { id: 'x' },
    { tenantId: 'x' },
    { tenant_id: null },
    { userId: null },
    { user_id: 'x' },
    { extra: { tenant_id: 'x' } },
    { extra: { id: 'x' } },
    { createdAt: null },
    { humanContent: null },
    { accessCount: -1 },
    { hasCode: true, has_code: true },
    { metadata: null },
  ])('refuses %j', async (patch) => {
    const backend = new FakeBackend()
    expect(await codeOf(() => backend.updateNode({ tenantId: 't' }, 'n', patch as NodePatch))).toBe(
      'INVALID_NODE',
    )
    expect(backend.calls).toEqual([])
  })
})
