import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseKinds, startDatabase, type TestDatabase, withStore } from './support/test-database.js'

const acme = { tenantId: 'acme' }
const ada = { userId: 'ada' }
const plain = { humanContent: 'q', assistantContent: 'a' }

describe.each(databaseKinds)('changes on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  it('updates fields and vectors of one node, also after its access was recorded', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      await backend.insertNodes([
        { ...plain, ...acme, ...ada, id: 'x', embedding: [1, 0], extra: { future: { kept: 1 } } },
        { ...plain, ...ada, id: 'x', embedding: [1, 0] },
      ])
      await backend.recordAccess(acme, ['x', 'x', 'none', '\0'])
      const before = await backend.getNode(acme, 'x')
      expect(before?.accessCount).toBe(1)
      const tags = { topics: ['new\0'] }
      expect(
        await backend.updateNode(ada, 'x', {
          humanContent: 'new',
          tags: { ...before?.tags, ...tags } as never,
        }),
      ).toBe(true)
      expect(await backend.getNode(acme, 'x')).toEqual({
        ...before,
        humanContent: 'new',
        tags: { ...before?.tags, ...tags },
      })
      expect(await backend.countNodes(ada, { filter: { tags: 'new\0' } })).toBe(1)
      expect((await backend.getNodes(ada))[1]?.humanContent).toBe('q')
      expect(await backend.updateNode(acme, 'x', { embedding: null })).toBe(true)
      expect((await backend.getEmbeddings(ada)).rows).toBe(1)
      expect(await backend.updateNode(acme, 'x', { embedding: [0, 2] })).toBe(true)
      expect(Array.from((await backend.getEmbeddings(ada)).data)).toEqual([0, 2, 1, 0])
      expect(await backend.updateNode({ tenantId: 'other' }, 'x', { humanContent: 'no' })).toBe(false)
      expect(await backend.updateNode(acme, '\0', { humanContent: 'no' })).toBe(false)
    }))

  it('assigns clusters within the scope', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      await backend.insertNodes(['x', 'y', 'z'].map((id) => ({ ...plain, ...acme, id })))
      await backend.insertNode({ ...plain, tenantId: 'other', id: 'x' })
      const entries = [
        { id: 'x', clusterId: 9 },
        { id: 'x', clusterId: 1, label: 'one', confidence: 0.25 },
        { id: 'y', clusterId: -1 },
        { id: 'gone', clusterId: 1 },
        { id: '\ud800', clusterId: 1 },
      ]
      expect(await backend.assignClusters(acme, entries)).toBe(2)
      const clusters = (await backend.getNodes(acme)).map((n) => [
        n.clusterId,
        n.clusterLabel,
        n.clusterConfidence,
      ])
      expect(clusters).toEqual([
        [1, 'one', 0.25],
        [-1, null, 0],
        [null, null, 0],
      ])
      expect([...(await backend.getClusterInfo(acme))]).toEqual([
        [-1, [1]],
        [1, [0]],
      ])
      expect((await backend.getNode({ tenantId: 'other' }, 'x'))?.clusterId).toBeNull()
    }))

  it('counts every access when many are recorded at once', () =>
    withStore(database, { dimensions: 2 }, async (backend) => {
      const ids = ['a', 'b', 'c', 'd']
      await backend.insertNodes(ids.map((id) => ({ ...plain, ...acme, id })))
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          backend.recordAccess(acme, index % 2 === 0 ? ids : [...ids].reverse()),
        ),
      )
      expect((await backend.getNodes(acme)).map(({ accessCount }) => accessCount)).toEqual([20, 20, 20, 20])
    }))

  it('deletes within the scope, vectors too', () =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      const embedding = [1, 1]
      await backend.insertNodes([
        ...['x', 'y', 'z'].map((id) => ({ ...plain, ...acme, id, embedding })),
        { ...plain, tenantId: 'other', ...ada, id: 'x', embedding },
      ])
      const messages = [{ role: 'user', content: 'm' }]
      await backend.insertEpisodes([
        { id: 'e', messages, ...acme, embedding },
        { id: 'f', messages, ...acme, embedding },
      ])
      expect(await backend.deleteNodes(acme, ['x', 'x', 'none', '\0'])).toBe(1)
      expect(await backend.deleteNodes(ada, ['y'])).toBe(0)
      expect(await backend.deleteEpisodes(acme, ['e'])).toBe(1)
      expect(await backend.deleteScope(acme)).toBe(3)
      expect(await backend.countNodes(ada)).toBe(1)
      const { rows } = await database.pool.query(
        `SELECT (SELECT count(*)::int FROM ${schema}.node_vector) AS nodes, (SELECT count(*)::int FROM ${schema}.episode_vector) AS episodes`,
      )
      expect(rows).toEqual([{ nodes: 1, episodes: 0 }])
    }))

  it('writes nothing when it was opened read-only', () =>
    withStore(database, { dimensions: 2 }, async (backend, schema) => {
      await backend.insertNode({ ...plain, ...acme, id: 'x' })
      await withReadOnly(schema, async (reader) => {
        expect(await reader.countNodes(acme)).toBe(1)
        const refused = { code: 'NOT_SUPPORTED' }
        await expect(reader.insertNode({ ...plain, ...acme })).rejects.toMatchObject(refused)
        await expect(reader.updateNode(acme, 'x', { source: 's' })).rejects.toMatchObject(refused)
        await expect(reader.recordAccess(acme, ['x'])).rejects.toMatchObject(refused)
        await expect(reader.deleteScope(acme)).rejects.toMatchObject(refused)
        await expect(
          reader.admin.setEmbeddingModel({ provider: 'p', model: 'm', dimensions: 2 }),
        ).rejects.toMatchObject(refused)
      })
      expect(await backend.countNodes(acme)).toBe(1)
    }))

  const withReadOnly = async (schema: string, use: (reader: Reader) => Promise<void>) => {
    const { PostgresBackend } = await import('../src/index.js')
    const reader = await PostgresBackend.open({ ...database.target, schema, readOnly: true })
    await use(reader)
    await reader.close()
  }
})

type Reader = import('../src/index.js').PostgresBackend
