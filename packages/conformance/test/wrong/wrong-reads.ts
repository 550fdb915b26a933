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
import { matrixOf, type StoredRecord } from '../record-table.js'
import { ReferenceBackend } from '../reference-backend.js'
import { rankByCosine } from '../vector-ranking.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class SortsById extends ReferenceBackend {
  protected override async _getNodes(scope: ResolvedScope, page: ResolvedPage) {
    const all = await super._getNodes(scope, { ...page, limit: Number.POSITIVE_INFINITY, offset: 0 })
    return all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(page.offset, page.offset + page.limit)
  }
}

class FoldsIds extends ReferenceBackend {
  protected override async _getNode(scope: ResolvedScope, id: string) {
    const mine = this.visible(this.store.nodes, scope)
    const record = mine.find((candidate) => candidate.id.toLowerCase() === id.toLowerCase())
    return record && this.node(record)
  }
}

class EmptyListMatchesAll extends ReferenceBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const entries = Object.entries(filter ?? {}).filter(
      ([, value]) => !Array.isArray(value) || value.length > 0,
    )
    return super.matching(scope, entries.length === 0 ? undefined : Object.fromEntries(entries))
  }
}

/** Its position is the number of records that are left, so that it skips as many as are added. */
class CursorSkips extends ReferenceBackend {
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

class ReturnsItsObjects extends ReferenceBackend {
  readonly #nodes = new WeakMap<StoredRecord, MemoryNode>()

  protected override node(record: StoredRecord): MemoryNode {
    const node = this.#nodes.get(record) ?? super.node(record)
    this.#nodes.set(record, node)
    return node
  }
}

class ReturnsVectors extends ReferenceBackend {
  protected override node(record: StoredRecord): MemoryNode {
    return { ...super.node(record), ...(record.embedding ? { embedding: record.embedding } : {}) }
  }
}

class UnstableTies extends ReferenceBackend {
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

class ExcludesMinScore extends ReferenceBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return (await super._vectorSearch(scope, query, search)).filter(({ score }) => score > search.minScore)
  }
}

class FiltersAfterTopK extends ReferenceBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const kept = new Set(this.matching(scope, search.filter))
    return rankByCosine(query, this.matching(scope, undefined), search)
      .filter(({ record }) => kept.has(record))
      .map(({ record, score }) => ({ node: this.node(record), score }))
  }
}

/** Sums in float32, where squares over- and underflow. */
class SinglePrecision extends ReferenceBackend {
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

class RoundsVectors extends ReferenceBackend {
  protected override async _getEmbeddings(scope: ResolvedScope) {
    const matrix = matrixOf(this.visible(this.store.nodes, scope), this.dimensions)
    return { ...matrix, data: matrix.data.map((value) => Number(value.toPrecision(6))) }
  }
}

class ClustersOfEverybody extends ReferenceBackend {
  protected override async _getClusterIds() {
    return this.store.nodes.records.map(({ clusterId }) => clusterId)
  }
}

class ClaimsLessWork extends ReferenceBackend {
  protected override async _explainSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return { ...(await super._explainSearch(scope, query, search)), rowsScored: search.topK }
  }
}

class EpisodesUnranked extends ReferenceBackend {
  protected override async _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
  ) {
    return (await super._searchEpisodes(scope, query, search)).reverse()
  }
}

class HandleOfAnyTenant extends ReferenceBackend {
  override withScope(scope: Scope): ScopedMemory {
    return new ScopedMemory(this, scope.tenantId ? scope : { ...scope, tenantId: 'acme' })
  }
}

class LeavesListeners extends ReferenceBackend {
  protected override async _countNodes(
    scope: ResolvedScope,
    filter: ResolvedFilter | undefined,
    context?: CallContext,
  ) {
    context?.signal?.addEventListener('abort', () => {})
    return super._countNodes(scope, filter)
  }
}

class IgnoresSignal extends ReferenceBackend {
  protected override run<T>(_options: object, operation: () => Promise<T>): Promise<T> {
    return super.run({}, operation)
  }
}

/** Each answers a read with something else than was stored. */
export const wrongReads: readonly WrongBackend[] = [
  wrong('sorts by id', 'pages', SortsById),
  wrong('gets ids without case', 'ids', FoldsIds),
  wrong('takes an empty list for no filter', 'filters', EmptyListMatchesAll),
  wrong('has a cursor that skips what is pushed back', 'scan', CursorSkips),
  wrong('returns the objects it keeps', 'ownership of objects', ReturnsItsObjects),
  wrong('returns vectors on its nodes', 'insert and get', ReturnsVectors),
  wrong('breaks ties the other way round', 'vector search', UnstableTies),
  wrong('takes minScore as exclusive', 'vector matches', ExcludesMinScore),
  wrong('filters after the top k', 'vector search', FiltersAfterTopK),
  wrong('computes in float32', 'vector limits', SinglePrecision),
  wrong('rounds vectors', 'embeddings', RoundsVectors),
  wrong('numbers the clusters of everybody', 'clusters', ClustersOfEverybody),
  wrong('claims to have compared less', 'explain search', ClaimsLessWork),
  wrong('does not rank episodes', 'episodes', EpisodesUnranked),
  wrong('has a handle that falls back to a tenant', 'scoped handle', HandleOfAnyTenant),
  wrong('leaves listeners on signals', 'abort signal', LeavesListeners),
  wrong('ignores signals', 'abort signal', IgnoresSignal),
]
