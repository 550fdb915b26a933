import type { PostgresBackend } from '@holdfast/backend-postgres'
import type pg from 'pg'
import type { SampleRows } from '../file-search/sample-rows.js'
import type { Searcher } from '../file-search/searcher.js'
import { rowOf } from '../file-search/write-python-store.js'
import { topK } from './sizes.js'
import { vectorParameter } from './vector-parameter.js'

/** Finds the ids of the rows next to a query. */
export type FindIds = (query: Float32Array) => Promise<readonly string[]>

export function timedSearcher(sample: SampleRows, find: FindIds): Searcher {
  return {
    async search(number) {
      const query = sample.query(number)
      const start = performance.now()
      const ids = await find(query)
      return { milliseconds: performance.now() - start, found: ids.map(rowOf) }
    },
  }
}

/** As an application searches. */
export function backendSearch(backend: PostgresBackend, tenantId: string): FindIds {
  return async (query) => {
    const best = await backend.vectorSearch(query, { tenantId }, { topK, minScore: -1 })
    return best.map(({ node }) => node.id)
  }
}

/** Rough scores of 1,024 values are never further than this from the true ones: `docs/postgres-search.md`. */
const roughError = 0.0011

/**
 * The best SQL that we know for the tables of a store: the inner products in one pass over the rows of the owner, where
 * there are rough copies of these, and then of the vectors that can be among the best, and the records of the ten that
 * are left. One statement, no transaction, no role, and the text is not parsed.
 */
export async function bareSearch(
  bare: pg.Pool,
  schema: string,
  tenantId: string,
  dimensions: number,
): Promise<FindIds> {
  const layout = await bare.query(
    `SELECT FROM ${schema}.setting WHERE name = 'vector_layout' AND value = 'rough'`,
  )
  const best = layout.rowCount === 0 ? bestOfWhole(schema) : bestOfRough(schema, dimensions)
  const text = `WITH ${best}
    SELECT r.id, r.record, best.score FROM best
    JOIN ${schema}.node r ON r.owner_key = best.owner_key AND r.id = best.id ORDER BY best.score DESC`
  return (query) => idsOf(bare, text, [vectorParameter(query), `t:${tenantId}`])
}

function bestOfWhole(schema: string): string {
  return `best AS MATERIALIZED (
      SELECT v.owner_key, v.id, -(v.embedding <#> $1::vector) * v.inverse_length AS score
      FROM ${schema}.node_vector v WHERE v.owner_key = $2 ORDER BY score DESC, v.position LIMIT ${topK})`
}

function bestOfRough(schema: string, dimensions: number): string {
  return `nearest AS MATERIALIZED (
      SELECT v.owner_key, v.id, v.embedding, v.inverse_length,
        -(v.rough <#> $1::vector::halfvec(${dimensions})) AS rough
      FROM ${schema}.node_vector v WHERE v.owner_key = $2 ORDER BY rough DESC LIMIT ${3 * topK}),
    best AS MATERIALIZED (
      SELECT owner_key, id, -(embedding <#> $1::vector) * inverse_length AS score FROM nearest
      WHERE rough >= (SELECT rough FROM nearest ORDER BY rough DESC OFFSET ${topK - 1} LIMIT 1) - ${2 * roughError}
      ORDER BY score DESC LIMIT ${topK})`
}

/** The schema that was planned for the Python system: one table, the vector stored as PostgreSQL does by default. */
export function plannedSearch(bare: pg.Pool, schema: string, tenantId: string): FindIds {
  const text = `SELECT id, human_content, assistant_content, 1 - (embedding <=> $1::vector) AS score
    FROM ${schema}.memory_nodes WHERE tenant_id = $2 ORDER BY embedding <=> $1::vector LIMIT ${topK}`
  return (query) => idsOf(bare, text, [vectorParameter(query), tenantId])
}

/** Fills that schema with the rows of a store, in their order. */
export async function makePlanned(
  bare: pg.Pool,
  schema: string,
  source: string,
  dimensions: number,
): Promise<void> {
  await bare.query(`CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.memory_nodes (
      id text NOT NULL, tenant_id text NOT NULL, user_id text, human_content text NOT NULL,
      assistant_content text NOT NULL, metadata jsonb NOT NULL, embedding vector(${dimensions}),
      PRIMARY KEY (tenant_id, id));
    INSERT INTO ${schema}.memory_nodes
      SELECT r.id, r.tenant_id, r.user_id, r.record::jsonb ->> 'human_content', r.record::jsonb ->> 'assistant_content',
        r.record::jsonb - 'human_content' - 'assistant_content', v.embedding
      FROM ${source}.node r JOIN ${source}.node_vector v USING (owner_key, id) ORDER BY r.position;
    CREATE INDEX ON ${schema}.memory_nodes (tenant_id)`)
}

async function idsOf(bare: pg.Pool, text: string, values: unknown[]): Promise<readonly string[]> {
  const { rows } = await bare.query<{ readonly id: string }>(text, values)
  return rows.map(({ id }) => id)
}
