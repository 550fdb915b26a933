import type { EpisodicMemory, MemoryNode, SearchPlan } from '@holdfast/core'
import { Parameters } from '../connection/parameters.js'
import { numberOf, type Session } from '../connection/session.js'
import type { FoundRow } from '../search/found-row.js'
import { askForIndex, leaveIndex } from '../search/ready-index.js'
import { searchByIndex } from '../search/search-by-index.js'
import { searchExactly } from '../search/search-exactly.js'
import type { SearchPath } from '../search/search-path.js'
import { fromCandidates, type SearchRequest } from '../search/search-request.js'
import { topScores } from '../search/top-scores.js'
import { countRows } from './read-records.js'
import { nodeKind } from './record-kind.js'
import type { Scored } from './records-at.js'

/**
 * The records of a scope that are most similar to a query: by the owner's own index where there is one that gives
 * enough, otherwise by comparing all.
 * @param path what the transaction's settings were made for.
 */
export async function searchRecords<T extends MemoryNode | EpisodicMemory>(
  session: Session,
  request: SearchRequest<T>,
  path: SearchPath,
): Promise<readonly Scored<T>[]> {
  const { search } = request
  const proposals = await proposalsOfIndex(session, request, path)
  // A transaction that begins anew would have the settings for an index again, which was left.
  const isAlone = request.isAlone === true && (path.index === undefined || path.index === 'ask')
  if (proposals === undefined) return searchExactly(session, { ...request, isAlone })
  return topScores(proposals, search).map(({ record, score }) => ({ record: record.get(), score }))
}

/** How a search of nodes is answered. The index is asked: only its answer says whether it is enough. */
export async function explainSearch(
  session: Session,
  request: SearchRequest<MemoryNode>,
  path: SearchPath,
): Promise<SearchPlan> {
  const { store, access } = request
  const rowsInScope = await countRows(session, store, nodeKind, { access })
  const proposals = await proposalsOfIndex(session, request, path)
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
  { index }: SearchPath,
): Promise<readonly FoundRow<T>[] | undefined> {
  const { store, kind, access } = request
  const element = index === 'ask' ? await askForIndex(session, request) : index
  if (element === undefined) return undefined
  const proposals = await searchByIndex(session, request, element)
  if (proposals !== undefined) return proposals
  // It may be gone; the next search asks.
  if (access.kind === 'owner') store.indexes.forget(kind.vectorTable, access.ownerKey)
  await leaveIndex(session)
  return undefined
}
