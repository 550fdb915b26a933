import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import type { Session } from '../connection/session.js'
import { quoteLiteral } from '../schema/schema-names.js'
import type { IndexElement } from './index-element.js'
import { sortsNothing } from './search-path.js'
import type { SearchRequest } from './search-request.js'

type Target<T extends MemoryNode | EpisodicMemory> = Pick<SearchRequest<T>, 'store' | 'kind'>

/**
 * `FROM … WHERE …` that has a row when an owner's index `i` may be used: it is the owner's alone, built whole, checked,
 * and not known to be broken. The catalog is asked too: an index may have been dropped by hand.
 */
export function fromReadyIndex<T extends MemoryNode | EpisodicMemory>(
  { store: { names }, kind }: Target<T>,
  ownerKey: string,
): string {
  const schema = quoteLiteral(`${names.quoted}.`)
  const table = quoteLiteral(`${names.quoted}.${kind.vectorTable}`)
  return `FROM ${names.quoted}.owner_index i JOIN pg_catalog.pg_index x
      ON x.indexrelid = pg_catalog.to_regclass(${schema} || pg_catalog.quote_ident(i.index_name))
    WHERE i.owner_key = ${ownerKey} AND i.vector_table = '${kind.vectorTable}' AND i.state = 'ready'
      AND x.indrelid = ${table}::regclass AND x.indisvalid`
}

/** Finds the index that the search may use, remembers what was found, and prepares the transaction for using it. */
export async function askForIndex<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  { store, kind, access }: Omit<SearchRequest<T>, 'query'>,
): Promise<IndexElement | undefined> {
  if (access.kind !== 'owner') return undefined
  const parameters = new Parameters()
  const [setting, value] = sortsNothing
  const { rows } = await session.query(
    `SELECT i.element, pg_catalog.set_config('${setting}', '${value}', true)
     ${fromReadyIndex({ store, kind }, parameters.add(access.ownerKey))}`,
    parameters.values,
  )
  const found = rows[0]?.[0]
  const element = found === 'vector' || found === 'halfvec' ? found : undefined
  store.indexes.note(kind.vectorTable, access.ownerKey, element)
  return element
}

/** For a search by an index that was not asked for. */
export async function sortNothing(session: Session): Promise<void> {
  const [setting, value] = sortsNothing
  await session.query(`SELECT set_config('${setting}', '${value}', true)`)
}

/** For when the index was short: the rest of the transaction compares everything. */
export async function leaveIndex(session: Session): Promise<void> {
  await session.query("SELECT set_config('enable_sort', 'on', true)")
}
