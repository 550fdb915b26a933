import type { EpisodicMemory, MemoryNode, ResolvedSearch, SearchPlan } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session } from '../connection/session.js'
import { prepareExactSearch, prepareSearch } from '../search/prepare-search.js'
import { type Proposal, searchByIndex } from '../search/search-by-index.js'
import { searchExactly } from '../search/search-exactly.js'
import { fromCandidates, type SearchRequest } from '../search/search-request.js'
import { topScores } from '../search/top-scores.js'
import type { Store } from '../store.js'
import { countRows } from './read-records.js'
import { nodeKind, type RecordKindOf } from './record-kind.js'
import type { Scored } from './records-at.js'

/**
 * The records of a scope that are most similar to a query: by the owner's own index where there is one that gives
 * enough, otherwise by comparing all.
 */
export async function searchRecords<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  store: Store,
  kind: RecordKindOf<T>,
  access: Access,
  query: Float32Array,
  search: ResolvedSearch,
): Promise<readonly Scored<T>[]> {
  const request = { store, kind, access, query, search }
  const proposals = await proposalsOfIndex(session, request)
  if (proposals === undefined) return searchExactly(session, request)
  return topScores(proposals, search).map(({ row, score }) => ({ record: kind.read(row), score }))
}

/** How a search of nodes is answered. The index is asked: only its answer says whether it is enough. */
export async function explainSearch(
  session: Session,
  store: Store,
  access: Access,
  query: Float32Array,
  search: ResolvedSearch,
): Promise<SearchPlan> {
  const rowsInScope = await countRows(session, store, nodeKind, { access })
  const request = { store, kind: nodeKind, access, query, search }
  const proposals = await proposalsOfIndex(session, request)
  if (proposals !== undefined) {
    return { strategy: 'hnsw', rowsInScope, rowsScored: proposals.length, exact: false }
  }
  const parameters = new Parameters()
  const { rows } = await session.query(
    `SELECT count(*) ${fromCandidates(request, parameters)}`,
    parameters.values,
  )
  return { strategy: 'exact', rowsInScope, rowsScored: numberOf(rows[0]?.[0]), exact: true }
}

async function proposalsOfIndex<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
): Promise<readonly Proposal[] | undefined> {
  const element = await prepareSearch(session, request)
  if (element === undefined) return undefined
  const proposals = await searchByIndex(session, request, element)
  if (proposals === undefined) await prepareExactSearch(session)
  return proposals
}
