import type pg from 'pg'

/** A table of a store that an insert of nodes writes to. */
export interface StoreTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** The tables that hold nodes, in the order in which they can be filled, with the columns that are not computed. */
export async function nodeTables(
  bare: pg.Pool | pg.PoolClient,
  schema: string,
): Promise<readonly StoreTable[]> {
  const { rows } = await bare.query<{
    readonly name: string
    readonly column: string
    readonly type: string
  }>(
    `SELECT c.relname AS name, a.attname AS column, format_type(a.atttypid, NULL) AS type
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attgenerated = '' AND c.relname IN ('node', 'node_vector', 'node_words')
     ORDER BY c.relname, a.attnum`,
    [schema],
  )
  const tables = new Map<string, { name: string; type: string }[]>()
  for (const { name, column, type } of rows) {
    const columns = tables.get(name) ?? []
    tables.set(name, columns)
    columns.push({ name: column, type })
  }
  return [...tables].map(([name, columns]) => ({ name, columns }))
}

/** Empties the tables of nodes. */
export async function emptyTables(bare: pg.Pool, schema: string): Promise<void> {
  const tables = await nodeTables(bare, schema)
  await bare.query(`TRUNCATE ${tables.map(({ name }) => `${schema}.${name}`).join(', ')} CASCADE`)
}
