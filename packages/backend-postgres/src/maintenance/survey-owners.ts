import { adminAccess } from '../connection/access.js'
import { numberOf, textOf } from '../connection/session.js'
import { textArray } from '../records/binary-array.js'
import { forCall, reading, type Store } from '../store.js'
import { indexNamePattern } from './index-name.js'
import { type OwnerIndex, readOwnerIndexes, type VectorTable } from './owner-index.js'

export const vectorTables = ['node_vector', 'episode_vector'] as const

/** How many vectors an owner has in a table. */
export interface OwnerRows {
  readonly ownerKey: string
  readonly table: VectorTable
  readonly rows: number
}

/** An index as the catalog has it. */
export interface CatalogIndex {
  readonly name: string
  readonly table: VectorTable
  readonly valid: boolean
}

/** What there is to decide from. */
export interface Survey {
  /** Of owners with at least the rows that were asked for, and of those that {@link known} names. */
  readonly owners: readonly OwnerRows[]
  readonly known: readonly OwnerIndex[]
  readonly existing: readonly CatalogIndex[]
}

/**
 * Counts the vectors of every tenant, by an index alone. Users who own records themselves are left out: their scope
 * reaches into tenants, which an index of what they own would not cover.
 */
export async function surveyOwners(
  store: Store,
  minRows: number,
  call: { readonly signal: AbortSignal | undefined },
): Promise<Survey> {
  const known = await readOwnerIndexes(store, call)
  return reading(store, forCall(adminAccess, call), async (session) => {
    const owners: OwnerRows[] = []
    for (const table of vectorTables) {
      const named = known.filter((index) => index.table === table).map(({ ownerKey }) => ownerKey)
      const { rows } = await session.query(
        `SELECT owner_key, count(*) FROM ${store.names.quoted}.${table}
         WHERE owner_key LIKE 't:%' GROUP BY owner_key HAVING count(*) >= $1 OR owner_key = ANY($2::text[])`,
        [minRows, textArray(named)],
      )
      for (const [ownerKey, count] of rows) {
        owners.push({ ownerKey: textOf(ownerKey), table, rows: numberOf(count) })
      }
    }
    const { rows } = await session.query(
      `SELECT c.relname, t.relname, x.indisvalid FROM pg_catalog.pg_index x
       JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
       JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
       WHERE n.nspname = $1 AND t.relname = ANY($2::text[]) AND c.relname ~ $3 ORDER BY c.relname`,
      [store.names.plain, textArray(vectorTables), indexNamePattern],
    )
    const existing = rows.map(([name, table, valid]) => ({
      name: textOf(name),
      table: textOf(table) as VectorTable,
      valid: valid === 't',
    }))
    return { owners, known, existing }
  })
}
