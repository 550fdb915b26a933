import type { EpisodicMemory, MemoryNode, ResolvedSearch, SearchPlan } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session } from '../connection/session.js'
import { searchExactly } from '../search/search-exactly.js'
import { fromCandidates } from '../search/search-request.js'
import type { Store } from '../store.js'
import { countRows } from './read-records.js'
import { nodeKind, type RecordKindOf } from './record-kind.js'
import type { Scored } from './records-at.js'

/** The records of a scope that are most similar to a query. */
export async function searchRecords<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  query: Float32Array,
  search: ResolvedSearch,
): Promise<readonly Scored<T>[]> {
  // A bitmap of a scope's rows, made to save seeks, makes a scan in the order of the index half as slow again.
  await session.query("SELECT set_config('enable_bitmapscan', 'off', true)")
  return searchExactly(session, { store, kind, access, query, search })
}

/** What a search of nodes would do. */
export async function explainSearch(
  session: Session,
  store: Store,
  access: Access,
  search: ResolvedSearch,
): Promise<SearchPlan> {
  const rowsInScope = await countRows(session, store, nodeKind, { access })
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT count(*) ${fromCandidates({ store, kind: nodeKind, access, search }, parameters)}`,
    parameters.values,
  )
  return { strategy: 'exact', rowsInScope, rowsScored: numberOf(rows[0]?.[0]), exact: true }
}
