import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresBackend } from '../src/index.js'
import { legacyDirectory, legacyNodes, readMatrixFile } from './support/legacy-directory.js'
import {
  databaseKinds,
  dropSchema,
  freshSchema,
  startDatabase,
  type TestDatabase,
} from './support/test-database.js'

interface Expected {
  readonly scopes: readonly {
    readonly scope: { readonly tenant_id?: string; readonly user_id?: string }
    readonly ids: readonly string[]
    readonly page_offset3_limit4: readonly string[]
    readonly embedding_rows: number
    readonly embeddings_sha256: string
  }[]
  readonly queries: readonly {
    readonly query_row: number
    readonly scope: { readonly tenant_id?: string; readonly user_id?: string }
    readonly top_k: number
    readonly min_score: number
    readonly ids: readonly string[]
    readonly scores: readonly number[]
  }[]
}

const folder = legacyDirectory ?? ''

describe.runIf(legacyDirectory !== undefined).each(databaseKinds)(
  'what the Python system answers, on %s',
  (kind) => {
    let database: TestDatabase
    let backend: PostgresBackend
    let expected: Expected
    let queries: readonly Float32Array[]
    const schema = freshSchema()

    beforeAll(async () => {
      expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected
      queries = readMatrixFile(join(folder, 'queries.npy'))
      database = await startDatabase(kind)
      backend = await PostgresBackend.open({ ...database.target, schema, dimensions: 512 })
      await backend.admin.importBatch({ kind: 'nodes', records: legacyNodes(folder) })
    })
    afterAll(async () => {
      await backend.close()
      await dropSchema(database.pool, schema)
      await database.end()
    })

    const scopeOf = ({ tenant_id, user_id }: Expected['scopes'][number]['scope']) => ({
      ...(tenant_id === undefined ? {} : { tenantId: tenant_id }),
      ...(user_id === undefined ? {} : { userId: user_id }),
    })

    it('is the same for every scope: nodes, a page, vector bits', async () => {
      expect(expected.scopes.length).toBeGreaterThan(5)
      for (const wanted of expected.scopes) {
        const scope = scopeOf(wanted.scope)
        expect((await backend.getNodes(scope)).map(({ id }) => id)).toEqual(wanted.ids)
        const page = await backend.getNodes(scope, { offset: 3, limit: 4 })
        expect(page.map(({ id }) => id)).toEqual(wanted.page_offset3_limit4)
        const { rows, data } = await backend.getEmbeddings(scope)
        const sha256 = createHash('sha256').update(Buffer.from(data.buffer)).digest('hex')
        expect([rows, sha256]).toEqual([wanted.embedding_rows, wanted.embeddings_sha256])
      }
    })

    it('is the same for every query: ids in order, scores within 1e-5', async () => {
      expect(expected.queries.length).toBeGreaterThan(100)
      let compared = 0
      for (const wanted of expected.queries) {
        const query = queries[wanted.query_row]
        if (query === undefined) throw new Error(`there is no query ${wanted.query_row}`)
        const found = await backend.vectorSearch(query, scopeOf(wanted.scope), {
          topK: wanted.top_k,
          minScore: wanted.min_score,
        })
        expect(found).toHaveLength(wanted.ids.length)
        const scores = new Map(wanted.ids.map((id, index) => [id, wanted.scores[index] ?? Number.NaN]))
        found.forEach(({ node, score }, index) => {
          expect(Math.abs(score - (wanted.scores[index] ?? Number.NaN))).toBeLessThan(1e-5)
          // Neighbours closer than 1e-5 may stand either way.
          if (node.id !== wanted.ids[index])
            expect(Math.abs(score - (scores.get(node.id) ?? Number.NaN))).toBeLessThan(1e-5)
          compared += 1
        })
      }
      expect(compared).toBeGreaterThan(500)
    })

    it('comes out again as the same texts', async () => {
      const given = new Map(
        legacyNodes(folder).map(({ id, owner, text }) => [JSON.stringify([owner, id]), text]),
      )
      let count = 0
      for await (const { records } of backend.admin.exportAll({ batchSize: 50 })) {
        for (const { id, owner, text } of records) {
          expect(text).toBe(given.get(JSON.stringify([owner, id])))
          count += 1
        }
      }
      expect(count).toBe(given.size)
    })
  },
)
