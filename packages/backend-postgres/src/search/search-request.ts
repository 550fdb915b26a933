import type { EpisodicMemory, MemoryNode, ResolvedSearch } from '@holdfast/core'
import type { Access } from '../connection/access.js'
import type { Parameters } from '../connection/parameters.js'
import { filterConditions } from '../records/filter-conditions.js'
import type { RecordKindOf } from '../records/record-kind.js'
import type { Store } from '../store.js'

/** One search, as its statements need it. */
export interface SearchRequest<T extends MemoryNode | EpisodicMemory> {
  readonly store: Store
  readonly kind: RecordKindOf<T>
  readonly access: Access
  readonly query: Float32Array
  readonly search: ResolvedSearch
  /** Whether nothing has to be read of the same moment after it: the transaction ends with the search. */
  readonly isAlone?: boolean
}

/**
 * `FROM … WHERE …` over the vectors `v` in scope whose records pass the filter.
 *
 * Every position is greater than 0. Saying so makes the index by position the one that a whole scope is read with, in
 * the order in which the rows lie in the table.
 */
export function fromCandidates<T extends MemoryNode | EpisodicMemory>(
  { store, kind, access, search }: Omit<SearchRequest<T>, 'query'>,
  parameters: Parameters,
): string {
  const scope = `${parameters.access(access, 'v')} AND v.position > 0`
  const filters = filterConditions(search.filter, 'r', parameters)
  const join =
    filters.length === 0
      ? ''
      : `JOIN ${store.names.quoted}.${kind.table} r ON r.owner_key = v.owner_key AND r.id = v.id`
  return `FROM ${store.names.quoted}.${kind.vectorTable} v ${join} WHERE ${[scope, ...filters].join(' AND ')}`
}
