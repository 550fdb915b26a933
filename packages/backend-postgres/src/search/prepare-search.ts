import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import type { Session } from '../connection/session.js'
import { quoteLiteral } from '../schema/schema-names.js'
import type { IndexElement } from './index-element.js'
import type { SearchRequest } from './search-request.js'

/** Results up to which an index is asked: pgvector keeps at most 1,000 candidates in hand. */
const maxTopK = 250

/** Candidates an index keeps in hand. Measured: 200 find 1,000 of 1,000 true nearest among 100,000 clustered vectors. */
const minCandidates = 200

/** Rows of an index that are looked at before it counts as short. Beyond that, comparing all is not much slower. */
const maxScannedRows = { plain: 20_000, filtered: 4000 } as const

/**
 * Makes the settings for the rest of the transaction and finds the index that the search may use: one of its owner's
 * alone, built whole, checked, and not known to be broken.
 * @param known the index to use without asking, for the check itself.
 */
export async function prepareSearch<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  known?: IndexElement,
): Promise<IndexElement | undefined> {
  const parameters = new Parameters()
  const { access, search } = request
  const settings: [string, string][] = [
    // Made to save seeks, a bitmap of a scope's rows makes a scan in the order of the index half as slow again.
    ['enable_bitmapscan', 'off'],
    // The plan is for a few thousand rows at a time; compiling it takes longer than running it.
    ['jit', 'off'],
  ]
  const asksIndex = mayUseIndex(request)
  if (asksIndex) {
    const scanned = search.filter === undefined ? maxScannedRows.plain : maxScannedRows.filtered
    settings.push(
      ['hnsw.ef_search', String(Math.min(1000, Math.max(minCandidates, 4 * search.topK)))],
      ['hnsw.iterative_scan', 'relaxed_order'],
      ['hnsw.max_scan_tuples', String(scanned)],
      ['hnsw.scan_mem_multiplier', '4'],
    )
  }
  const calls = settings.map(([name, value]) => `set_config('${name}', '${value}', true)`)
  const ready = known
    ? quoteLiteral(known)
    : asksIndex && access.kind === 'owner'
      ? readyIndex(request, parameters.add(access.ownerKey))
      : 'NULL::text'
  // Beside an index, sorting the whole scope must not look cheaper, whatever the statistics say.
  const { rows } = await session.query(
    `SELECT element, ${calls.join(', ')},
       CASE WHEN element IS NOT NULL THEN set_config('enable_sort', 'off', true) END
     FROM (SELECT ${ready} AS element OFFSET 0) ready`,
    parameters.values,
  )
  const element = rows[0]?.[0]
  return element === 'vector' || element === 'halfvec' ? element : undefined
}

/** For when the index was short: the rest of the transaction compares everything. */
export async function prepareExactSearch(session: Session): Promise<void> {
  await session.query("SELECT set_config('enable_sort', 'on', true)")
}

/** Whether an index of this search's own could be used, if there is one. */
export function mayUseIndex<T extends MemoryNode | EpisodicMemory>({
  store,
  access,
  search,
}: Omit<SearchRequest<T>, 'query'>): boolean {
  return (
    access.kind === 'owner' &&
    store.approximateSearch &&
    store.vector.iterativeScans &&
    !search.exact &&
    search.topK <= maxTopK &&
    // Named records are few, and found one by one.
    search.filter?.ids === undefined
  )
}

/** The element of the owner's ready index, or NULL. The catalog is asked too: an index may have been dropped by hand. */
function readyIndex<T extends MemoryNode | EpisodicMemory>(
  { store: { names }, kind }: SearchRequest<T>,
  ownerKey: string,
): string {
  const table = quoteLiteral(`${names.quoted}.${kind.vectorTable}`)
  return `(SELECT i.element FROM ${names.quoted}.owner_index i
     JOIN pg_catalog.pg_class c ON c.relname = i.index_name
     JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
     WHERE i.owner_key = ${ownerKey} AND i.vector_table = '${kind.vectorTable}' AND i.state = 'ready'
       AND x.indrelid = ${table}::regclass AND x.indisvalid)`
}
