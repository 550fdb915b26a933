import type { EpisodicMemory, MemoryNode, ResolvedSearch } from '@holdfast/core'
import type { Settings } from '../connection/session.js'
import type { VectorLayout } from '../schema/vector-layout.js'
import type { Store } from '../store.js'
import type { IndexElement } from './index-element.js'
import { scanSettings } from './scan-settings.js'
import type { SearchRequest } from './search-request.js'

/** How a search goes, decided before its transaction begins. */
export interface SearchPath {
  /** By an index that is known, by one that is to be asked for, or by comparing everything. */
  readonly index: IndexElement | 'ask' | undefined
  readonly settings: Settings
}

/** Results up to which an index is asked: pgvector keeps at most 1,000 candidates in hand. */
const maxTopK = 250

/** Candidates an index keeps in hand. Measured: of 1,200 true nearest among 100,000 clustered vectors, 150 find 1,199, as 200 do. */
const minCandidates = 150

/** Rows of an index that are looked at before it counts as short. Beyond that, comparing all is not much slower. */
const maxScannedRows = { plain: 20_000, filtered: 4000 } as const

/** What every search by vector needs. */
export function settingsOfAll(layout: VectorLayout): Settings {
  // The plan is for a few thousand rows at a time; compiling it takes longer than running it.
  return [...scanSettings(layout), ['jit', 'off']]
}

/** Beside an index, sorting the whole scope must not look cheaper, whatever the statistics say. */
export const sortsNothing = ['enable_sort', 'off'] as const

/** @param asks ask for the index in any case, and not only when nothing is known of it. */
export function searchPath<T extends MemoryNode | EpisodicMemory>(
  request: Omit<SearchRequest<T>, 'query'>,
  asks = false,
): SearchPath {
  const { store, kind, access, search } = request
  const ofAll = settingsOfAll(store.layout)
  if (access.kind !== 'owner' || !mayUseIndex(request)) return { index: undefined, settings: ofAll }
  const known = asks ? undefined : store.indexes.find(kind.vectorTable, access.ownerKey)
  if (known === 'none') return { index: undefined, settings: ofAll }
  const settings = [...ofAll, ...indexSettings(search)]
  return known === undefined
    ? { index: 'ask', settings }
    : { index: known, settings: [...settings, sortsNothing] }
}

/** What a search by index needs, beside {@link sortsNothing}. */
export function indexSettings({ topK, filter }: ResolvedSearch): Settings {
  const scanned = filter === undefined ? maxScannedRows.plain : maxScannedRows.filtered
  return [
    ['hnsw.ef_search', String(Math.min(1000, Math.max(minCandidates, 4 * topK)))],
    ['hnsw.iterative_scan', 'relaxed_order'],
    ['hnsw.max_scan_tuples', String(scanned)],
    ['hnsw.scan_mem_multiplier', '4'],
  ]
}

/** Whether an index of this search's own could be used, if there is one. */
function mayUseIndex({ store, search }: { readonly store: Store; readonly search: ResolvedSearch }): boolean {
  return (
    store.approximateSearch &&
    store.vector.iterativeScans &&
    !search.exact &&
    search.topK <= maxTopK &&
    // Named records are few, and found one by one.
    search.filter?.ids === undefined
  )
}
