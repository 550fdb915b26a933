import {
  type CallContext,
  type MemoryNode,
  type PositionedBatch,
  type ResolvedFilter,
  type ResolvedPage,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  type Scope,
  ScopedMemory,
} from '@holdfast/core'
import { matrixOf, rankByCosine } from '../../src/rank-by-cosine.js'
import type { StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class SortsById extends KeptBackend {
  protected override async _getNodes(scope: ResolvedScope, page: ResolvedPage) {
    const all = await super._getNodes(scope, { ...page, limit: Number.POSITIVE_INFINITY, offset: 0 })
    return all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(page.offset, page.offset + page.limit)
  }
}

class FoldsIds extends KeptBackend {
  protected override async _getNode(scope: ResolvedScope, id: string) {
    const mine = this.visible(this.store.nodes, scope)
    const record = mine.find((candidate) => candidate.id.toLowerCase() === id.toLowerCase())
    return record && this.node(record)
  }
}

class EmptyListMatchesAll extends KeptBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const entries = Object.entries(filter ?? {}).filter(
      ([, value]) => !Array.isArray(value) || value.length > 0,
    )
    return super.matching(scope, entries.length === 0 ? undefined : Object.fromEntries(entries))
  }
}

/** Its position is the number of records that are left, so that it skips as many as are added. */
class CursorSkips extends KeptBackend {
  protected override scan<T>(
    records: readonly StoredRecord[],
    request: ResolvedScan,
    read: (record: StoredRecord) => T,
  ): PositionedBatch<T> | undefined {
    const start = request.after === 0 ? 0 : records.length - (request.after - 1)
    const batch = records.slice(start, start + request.batchSize)
    if (batch.length === 0) return undefined
    const renumbered = batch.map((record, index) => ({ ...record, position: index + 1 }))
    const result = super.scan(renumbered, { ...request, after: 0 }, read)
    return result && { ...result, position: records.length - start - batch.length + 1 }
  }
}

class ReturnsItsObjects extends KeptBackend {
  readonly #nodes = new WeakMap<StoredRecord, MemoryNode>()

  protected override node(record: StoredRecord): MemoryNode {
    const node = this.#nodes.get(record) ?? super.node(record)
    this.#nodes.set(record, node)
    return node
  }
}

class ReturnsVectors extends KeptBackend {
  protected override node(record: StoredRecord): MemoryNode {
    return { ...super.node(record), ...(record.embedding ? { embedding: record.embedding } : {}) }
  }
}

class UnstableTies extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const turned = this.matching(scope, search.filter).map((record) => ({
      ...record,
      position: -record.position,
    }))
    return rankByCosine(query, turned, search).map(({ record, score }) => ({
      node: this.node(record),
      score,
    }))
  }
}

class ExcludesMinScore extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return (await super._vectorSearch(scope, query, search)).filter(({ score }) => score > search.minScore)
  }
}

class FiltersAfterTopK extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const kept = new Set(this.matching(scope, search.filter))
    return rankByCosine(query, this.matching(scope, undefined), search)
      .filter(({ record }) => kept.has(record))
      .map(({ record, score }) => ({ node: this.node(record), score }))
  }
}

/** Sums in float32, where squares over- and underflow. */
class SinglePrecision extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, index) => Math.fround(sum + Math.fround(value * (b[index] ?? 0))), 0)
    const found = await super._vectorSearch(scope, query, search)
    const records = this.matching(scope, search.filter)
    return found.map((hit) => {
      const vector = records.find(({ id }) => id === hit.node.id)?.embedding ?? query
      return { ...hit, score: dot(query, vector) / Math.sqrt(dot(query, query) * dot(vector, vector)) }
    })
  }
}

class RoundsVectors extends KeptBackend {
  protected override async _getEmbeddings(scope: ResolvedScope) {
    const matrix = matrixOf(this.visible(this.store.nodes, scope), this.dimensions)
    return { ...matrix, data: matrix.data.map((value) => Number(value.toPrecision(6))) }
  }
}

class ClustersOfEverybody extends KeptBackend {
  protected override async _getClusterIds() {
    return this.store.nodes.records.map(({ clusterId }) => clusterId)
  }
}

class ClaimsLessWork extends KeptBackend {
  protected override async _explainSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return { ...(await super._explainSearch(scope, query, search)), rowsScored: search.topK }
  }
}

class EpisodesUnranked extends KeptBackend {
  protected override async _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
  ) {
    return (await super._searchEpisodes(scope, query, search)).reverse()
  }
}

class HandleOfAnyTenant extends KeptBackend {
  override withScope(scope: Scope): ScopedMemory {
    return new ScopedMemory(this, scope.tenantId ? scope : { ...scope, tenantId: 'acme' })
  }
}

class LeavesListeners extends KeptBackend {
  protected override async _countNodes(
    scope: ResolvedScope,
    filter: ResolvedFilter | undefined,
    context?: CallContext,
  ) {
    context?.signal?.addEventListener('abort', () => {})
    return super._countNodes(scope, filter)
  }
}

class IgnoresSignal extends KeptBackend {
  protected override run<T>(_options: object, operation: () => Promise<T>): Promise<T> {
    return super.run({}, operation)
  }
}

/** Each answers a read with something else than was stored. */
export const wrongReads: readonly WrongBackend[] = [
  wrong('sorts by id', 'pages', 'lists in insertion order, whatever the ids and times are', SortsById),
  wrong('gets ids without case', 'ids', 'keeps ids that look alike apart', FoldsIds),
  wrong(
    'takes an empty list for no filter',
    'filters',
    'match nothing when a list is empty',
    EmptyListMatchesAll,
  ),
  wrong(
    'has a cursor that skips what is pushed back',
    'scan',
    'neither skips nor repeats when others insert meanwhile',
    CursorSkips,
  ),
  wrong(
    'returns the objects it keeps',
    'ownership of objects',
    'does not see what the caller changes in a result',
    ReturnsItsObjects,
  ),
  wrong(
    'returns vectors on its nodes',
    'insert and get',
    'never returns a key named embedding on a node',
    ReturnsVectors,
  ),
  wrong(
    'breaks ties the other way round',
    'vector search',
    'breaks ties by insertion order, over several inserts and after a replacement',
    UnstableTies,
  ),
  wrong(
    'takes minScore as exclusive',
    'vector matches',
    'takes minScore as inclusive, 0 unless told',
    ExcludesMinScore,
  ),
  wrong('filters after the top k', 'vector search', 'filters before it takes the best', FiltersAfterTopK),
  wrong(
    'computes in float32',
    'vector limits',
    'scores extremely large and tiny components like any others (seed 4711)',
    SinglePrecision,
  ),
  wrong('rounds vectors', 'embeddings', 'keeps every bit, through every read (seed 99)', RoundsVectors),
  wrong(
    'numbers the clusters of everybody',
    'clusters',
    'names the members by their place in getNodes, noise as -1, in ascending order',
    ClustersOfEverybody,
  ),
  wrong(
    'claims to have compared less',
    'explain search',
    'counts the nodes of the scope and the vectors that are compared',
    ClaimsLessWork,
  ),
  wrong('does not rank episodes', 'episodes', 'ranks as float64 does (seed 505)', EpisodesUnranked),
  wrong(
    'has a handle that falls back to a tenant',
    'scoped handle',
    'writes nothing when its scope names nobody',
    HandleOfAnyTenant,
  ),
  wrong(
    'leaves listeners on signals',
    'abort signal',
    'does the work of a signal that is never aborted, and takes its listeners away again',
    LeavesListeners,
  ),
  wrong(
    'ignores signals',
    'abort signal',
    'rejects every operation with the reason of a signal that is aborted already, and does nothing',
    IgnoresSignal,
  ),
]
