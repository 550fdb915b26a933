import { adminAccess } from '../connection/access.js'
import { numberOf, textOf } from '../connection/session.js'
import type { IndexElement } from '../search/index-element.js'
import { forCall, reading, type Store, writing } from '../store.js'

export type VectorTable = 'node_vector' | 'episode_vector'
export type OwnerIndexState = 'building' | 'ready' | 'refused'

/** A row of the table `owner_index`: what is known of an owner's index. */
export interface OwnerIndex {
  readonly ownerKey: string
  readonly table: VectorTable
  readonly name: string
  readonly element: IndexElement
  readonly state: OwnerIndexState
  readonly rowsAtBuild: number
  readonly recall: number | undefined
}

interface Call {
  readonly signal: AbortSignal | undefined
}

export function readOwnerIndexes(store: Store, call: Call): Promise<readonly OwnerIndex[]> {
  return reading(store, forCall(adminAccess, call), async (session) => {
    const { rows } = await session.query(
      `SELECT owner_key, vector_table, index_name, element, state, rows_at_build, recall
       FROM ${store.names.quoted}.owner_index ORDER BY vector_table, owner_key`,
    )
    return rows.map(([ownerKey, table, name, element, state, rowsAtBuild, recall]) => ({
      ownerKey: textOf(ownerKey),
      // The table's constraints let nothing else in.
      table: textOf(table) as VectorTable,
      name: textOf(name),
      element: textOf(element) as IndexElement,
      state: textOf(state) as OwnerIndexState,
      rowsAtBuild: numberOf(rowsAtBuild),
      recall: typeof recall === 'string' ? Number(recall) : undefined,
    }))
  })
}

/** Writes down what is known from now on. */
export async function putOwnerIndex(store: Store, index: OwnerIndex, call: Call): Promise<void> {
  await writing(store, forCall(adminAccess, call), async (session) => {
    await session.query(
      `INSERT INTO ${store.names.quoted}.owner_index
         (owner_key, vector_table, index_name, element, state, rows_at_build, recall, built_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now())
       ON CONFLICT (owner_key, vector_table) DO UPDATE SET index_name = EXCLUDED.index_name,
         element = EXCLUDED.element, state = EXCLUDED.state, rows_at_build = EXCLUDED.rows_at_build,
         recall = EXCLUDED.recall, built_at = EXCLUDED.built_at`,
      [
        ...[index.ownerKey, index.table, index.name, index.element, index.state],
        ...[index.rowsAtBuild, index.recall ?? null],
      ],
    )
  })
  store.indexes.forget(index.table, index.ownerKey)
}

/** Writes down how an index that stays did when it was checked again. */
export function noteRecall(
  store: Store,
  { ownerKey, table, recall }: Pick<OwnerIndex, 'ownerKey' | 'table' | 'recall'>,
  call: Call,
): Promise<void> {
  return writing(store, forCall(adminAccess, call), async (session) => {
    await session.query(
      `UPDATE ${store.names.quoted}.owner_index SET recall = $3 WHERE owner_key = $1 AND vector_table = $2`,
      [ownerKey, table, recall],
    )
  })
}

/** Forgets an index: no search asks for it any more. */
export async function removeOwnerIndex(
  store: Store,
  { ownerKey, table }: Pick<OwnerIndex, 'ownerKey' | 'table'>,
  call: Call,
): Promise<void> {
  await writing(store, forCall(adminAccess, call), async (session) => {
    await session.query(
      `DELETE FROM ${store.names.quoted}.owner_index WHERE owner_key = $1 AND vector_table = $2`,
      [ownerKey, table],
    )
  })
  store.indexes.forget(table, ownerKey)
}
