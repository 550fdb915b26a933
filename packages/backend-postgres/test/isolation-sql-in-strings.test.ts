import type { EpisodicMemory, ExportBatch, MemoryNode } from '@holdfast/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectDatabase, PostgresBackend } from '../src/index.js'
import {
  databaseKinds,
  freshSchema,
  startDatabase,
  type TestDatabase,
  withStore,
} from './support/test-database.js'

const payloads = [
  `'; DROP TABLE node; --`,
  `' OR '1'='1`,
  `'); DELETE FROM holdfast.node; SELECT ('`,
  `" ; TRUNCATE node; --`,
  `\\'; SELECT pg_sleep(60); --`,
  `E'\\x27' || (SELECT record FROM node LIMIT 1)`,
  `$1`,
  `$$; RESET ROLE; $$`,
  `$tag$ SET ROLE postgres $tag$`,
  `$roles$; CREATE ROLE caught; DO $roles$ BEGIN`,
  `%s %I %L {{schema}} :name ?`,
  `*/ UNION SELECT * FROM node /*`,
  `{"a","b"}`,
  `\\N\t\\.`,
  `t:other`,
  `(SELECT set_config('holdfast.owner_key','t:other',true))`,
] as const

const other = { tenantId: 'other', humanContent: 'secret', assistantContent: 'secret' }

describe.each(databaseKinds)('SQL in texts on %s', (kind) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await startDatabase(kind)
  })
  afterAll(() => database.end())

  /** A store with another tenant's records, which must be the same at the end, and a schema that nothing is wrong with. */
  const untouched = (use: (backend: PostgresBackend, schema: string) => Promise<void>) =>
    withStore(database, { dimensions: 2, rowLevelSecurity: true }, async (backend, schema) => {
      await backend.insertNodes([
        { ...other, id: 'a', embedding: [1, 0] },
        { ...other, id: 'b' },
      ])
      await backend.insertEpisodes([{ id: 'e', tenantId: 'other', messages: [], embedding: [0, 1] }])
      const before = await backend.admin.fingerprint({ scope: { tenantId: 'other' } })
      await use(backend, schema)
      expect(await backend.admin.fingerprint({ scope: { tenantId: 'other' } })).toEqual(before)
      const { findings } = await inspectDatabase({ ...database.target, schema })
      expect(
        findings.filter(({ severity, code }) => severity === 'error' || /^(INDEX|RLS)/.test(code)),
      ).toEqual([])
    })

  it('is stored as it is, in every field of a node', () =>
    untouched(async (backend) => {
      for (const [index, text] of payloads.entries()) {
        const node = {
          ...{ id: text, tenantId: text, userId: text, conversationId: text, source: text },
          ...{ humanContent: text, assistantContent: text, intentType: text, complexity: text },
          ...{ emotionalValence: text, urgency: text, conversationMode: text, clusterLabel: text },
          ...{ tags: { [text]: [text], domains: [text, 'x'] }, metadata: { [text]: text } },
          extra: { [`x ${text}`]: text },
          embedding: [1, index],
        }
        await backend.insertNode(node)
        const found = await backend.getNode({ tenantId: text }, text)
        const { embedding: _, tags, ...texts } = node
        expect(found, text).toMatchObject({ ...texts, tags })
        expect(await backend.getNodes({ userId: text })).toHaveLength(1)
        expect(await backend.countNodes({ tenantId: text })).toBe(1)
        expect(await backend.keywordSearch(text, { tenantId: 'nobody' })).toEqual([])
        const { id: _id, tenantId: _tenant, userId: _user, embedding: _vector, ...fields } = node
        expect(await backend.updateNode({ tenantId: text }, text, { ...fields, urgency: `${text}!` })).toBe(
          true,
        )
        expect(await backend.getNode({ userId: text }, text)).toMatchObject({
          ...fields,
          urgency: `${text}!`,
        })
      }
    }))

  it('is exported and imported as it is', () =>
    untouched(async (backend) => {
      const node = { humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }
      await backend.insertNodes(
        payloads.map((text) => ({ ...node, id: text, tenantId: text, source: text, humanContent: text })),
      )
      for (const text of payloads) {
        const scope = { tenantId: text }
        const before = await backend.admin.fingerprint({ scope })
        const batches: ExportBatch[] = []
        for await (const batch of backend.admin.exportAll({ scope })) batches.push(batch)
        expect(await backend.deleteScope(scope)).toBe(1)
        for (const { kind, records } of batches) await backend.admin.importBatch({ kind, records })
        expect(await backend.admin.fingerprint({ scope }), text).toEqual(before)
        expect(await backend.getNode(scope, text)).toMatchObject({
          id: text,
          source: text,
          humanContent: text,
        })
      }
    }))

  it('is stored as it is, in every field of an episode', () =>
    untouched(async (backend) => {
      for (const text of payloads) {
        const episode = {
          ...{ id: text, tenantId: text, userId: text, title: text, source: text, dominantIntent: text },
          ...{ emotionalArc: text, urgencyMax: text, memoryNodeIds: [text], relatedEpisodeIds: [text] },
          ...{
            messages: [{ role: text, content: text, [text]: text }],
            llmTags: { [text]: text },
            metadata: { [text]: text },
          },
        } satisfies Partial<EpisodicMemory>
        await backend.insertEpisodes([{ ...episode, embedding: [1, 0] }])
        expect(await backend.getEpisode({ tenantId: text }, text), text).toMatchObject(episode)
        expect(await backend.searchEpisodes([1, 0], { tenantId: text })).toHaveLength(1)
        expect(await backend.deleteEpisodes({ userId: text }, [text])).toBe(1)
      }
    }))

  it('is compared as it is, in every filter', () =>
    untouched(async (backend) => {
      const scope = { tenantId: 'acme' }
      const node = { ...scope, humanContent: 'q', assistantContent: 'a', embedding: [1, 0] }
      const all = payloads.map((text, index) => ({
        ...{
          ...node,
          id: text,
          userId: text,
          conversationId: text,
          source: text,
          tags: { domains: [text] },
          clusterId: index,
        },
      }))
      await backend.insertNodes(all)
      for (const text of payloads) {
        for (const filter of [
          { ids: text },
          { userId: text },
          { conversationId: text },
          { source: text },
          { tags: text },
        ]) {
          const ids = (nodes: readonly MemoryNode[]) => nodes.map(({ id }) => id)
          expect(ids(await backend.getNodes(scope, { filter })), text).toEqual([text])
          expect(
            await backend.countNodes(scope, { filter: { ...filter, conversationId: [text, 'x'] } }),
          ).toBe(1)
          const found = await backend.vectorSearch([1, 0], scope, { filter })
          expect(ids(found.map((each) => each.node))).toEqual([text])
        }
        expect(await backend.updateNode(scope, text, { source: `${text}!`, clusterLabel: text })).toBe(true)
        await backend.recordAccess(scope, [text, 'x'])
        expect(await backend.assignClusters(scope, [{ id: text, clusterId: 3, label: text }])).toBe(1)
        expect(await backend.getNode(scope, text)).toMatchObject({
          source: `${text}!`,
          clusterLabel: text,
          accessCount: 1,
        })
        expect(await backend.deleteNodes(scope, [text, 'a', 'b'])).toBe(1)
      }
    }))

  it('is refused as a cursor, a name of a field, a mode or a number', () =>
    untouched(async (backend) => {
      const scope = { tenantId: 'acme' }
      const untyped = (value: unknown) => value as never
      for (const text of payloads) {
        const attempts: readonly (() => Promise<unknown>)[] = [
          async () => backend.scanNodes(scope, { after: text })[Symbol.asyncIterator]().next(),
          async () => backend.scanEpisodes(scope, { after: text })[Symbol.asyncIterator]().next(),
          async () => backend.admin.exportAll({ after: text }).next(),
          async () => backend.getNodes(scope, { filter: untyped({ [text]: 1 }) }),
          async () => backend.getNodes(scope, { limit: untyped(text) }),
          async () => backend.getNodes(scope, { offset: untyped(text) }),
          async () => backend.getNodes(scope, { filter: untyped({ clusterId: text }) }),
          async () => backend.getNodes(scope, { filter: { createdAfter: text } }),
          async () => backend.getNodes(untyped({ [text]: 'acme' })),
          async () => backend.vectorSearch([1, 0], scope, { topK: untyped(text) }),
          async () => backend.insertNodes([{ ...other, id: 'z' }], { onConflict: untyped(text) }),
          async () => backend.updateNode(untyped({ tenantId: 1, [text]: text }), 'a', {}),
        ]
        for (const [index, attempt] of attempts.entries()) {
          await expect(attempt(), `${index}: ${text}`).rejects.toBeInstanceOf(TypeError)
        }
      }
    }))

  it('is a name like any other where names come from a configuration', async () => {
    for (const text of payloads) {
      const schema = `${text.slice(0, 30)} ${freshSchema().slice(-6)}`
      await withStore(database, { schema, dimensions: 2, rowLevelSecurity: true }, async (backend) => {
        const model = { provider: text, model: text, dimensions: 2 }
        await backend.admin.setEmbeddingModel(model)
        expect(backend.embeddingModel).toEqual(model)
        await backend.insertNode({ ...other, id: 'a', embedding: [1, 0] })
        expect(await backend.vectorSearch([1, 0], { tenantId: 'other' })).toHaveLength(1)
        const { findings } = await inspectDatabase({ ...database.target, schema })
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
      })
      await expect(
        PostgresBackend.open({ connectionString: text, schema: freshSchema() }),
      ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    }
    expect((await database.pool.query("SELECT FROM pg_roles WHERE rolname = 'caught'")).rowCount).toBe(0)
  })
})
