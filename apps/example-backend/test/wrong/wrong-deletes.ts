import type { NewNode, OnConflict, ResolvedFilter, ResolvedScope, ResolvedSearch } from '@holdfast/core'
import { rankByCosine } from '../../src/rank-by-cosine.js'
import { incoming, type StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

/** An index of vectors that nobody tells of a deletion. */
class FindsDeleted extends KeptBackend {
  readonly #gone: StoredRecord[] = []

  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    this.#gone.push(...this.visible(this.store.nodes, scope).filter(({ id }) => ids.includes(id)))
    return super._deleteNodes(scope, ids)
  }

  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const records = [...this.matching(scope, search.filter), ...this.#gone]
    return rankByCosine(query, records, search).map(({ record, score }) => ({
      node: this.node(record),
      score,
    }))
  }
}

/** A list of clusters beside the nodes, from which nothing is taken. */
class KeepsClustersOfDeleted extends KeptBackend {
  #before: readonly StoredRecord[] = []

  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    this.#before = this.store.nodes.records
    return super._deleteNodes(scope, ids)
  }

  protected override async _getClusterIds(scope: ResolvedScope) {
    const ids = await super._getClusterIds(scope)
    return ids.map((id, place) => this.#before[place]?.clusterId ?? id)
  }
}

/** A matrix beside the nodes, in which a deletion leaves its row. */
class KeepsRowsOfDeleted extends KeptBackend {
  readonly #rows: StoredRecord[] = []

  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const result = await super._insertNodes(nodes, mode)
    const known = new Set(this.#rows.map((row) => this.store.nodes.keyOf(row)))
    const added = this.store.nodes.records.filter((record) => !known.has(this.store.nodes.keyOf(record)))
    this.#rows.push(...added)
    return result
  }

  protected override async _getEmbeddings(scope: ResolvedScope) {
    const matrix = await super._getEmbeddings(scope)
    const rows = this.#rows.flatMap(({ embedding }) => (embedding ? [embedding] : []))
    const data = matrix.data.slice()
    for (let row = 0; row < matrix.rows; row++) {
      const vector = rows[row]
      if (vector) data.set(vector, row * matrix.dimensions)
    }
    return { ...matrix, data }
  }
}

class KeepsOldVector extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const { nodes: table } = this.store
    const old = new Map(table.records.map((record) => [table.keyOf(record), record.embedding]))
    return table.insert(
      nodes.map((node) => {
        const record = incoming(node)
        return { ...record, embedding: old.get(table.keyOf(record)) ?? record.embedding }
      }),
      mode,
    )
  }
}

class CountsOnlyUp extends KeptBackend {
  #deleted = 0

  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    const deleted = await super._deleteNodes(scope, ids)
    this.#deleted += deleted
    return deleted
  }

  protected override async _countNodes(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    return (await super._countNodes(scope, filter)) + this.#deleted
  }
}

class LeavesEpisodes extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const nodes = new Set(this.visible(this.store.nodes, scope))
    return this.store.nodes.remove((record) => nodes.has(record))
  }
}

/** Deletes page by page, and only the first. */
class DeletesOnePage extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const page = new Set(this.visible(this.store.nodes, scope).slice(0, 1_000))
    return this.store.nodes.remove((record) => page.has(record)) + this.store.episodes.remove(() => false)
  }
}

class LeavesTenantsOfUser extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const isMine = ({ owner }: StoredRecord) =>
      scope.kind === 'tenant'
        ? owner.tenantId === scope.tenantId
        : owner.tenantId === null && owner.userId === scope.userId
    return this.store.nodes.remove(isMine) + this.store.episodes.remove(isMine)
  }
}

class CountsAsked extends KeptBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    await super._deleteNodes(scope, ids)
    return ids.length
  }
}

class DeletesNothing extends KeptBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return this.visible(this.store.nodes, scope).filter(({ id }) => ids.includes(id)).length
  }
}

class RemembersDeletedIds extends KeptBackend {
  readonly #gone = new Set<string>()

  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    for (const id of ids) this.#gone.add(id)
    return super._deleteNodes(scope, ids)
  }

  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    const kept = nodes.filter(({ record }) => !this.#gone.has(record.id))
    return super._insertNodes(kept, mode)
  }
}

/** Each leaves something of what was deleted or replaced. */
export const wrongDeletes: readonly WrongBackend[] = [
  wrong(
    'finds what was deleted',
    'delete',
    'deletes nodes and their vectors, and says how many there were',
    FindsDeleted,
  ),
  wrong(
    'has clusters of another node after a deletion',
    'after each write',
    'keeps counts, vectors and clusters in line with the nodes after a deletion',
    KeepsClustersOfDeleted,
  ),
  wrong(
    'has vectors of another node after a deletion',
    'after each write',
    'keeps counts, vectors and clusters in line with the nodes after a deletion',
    KeepsRowsOfDeleted,
  ),
  wrong(
    'keeps the vector of a replaced node',
    'after each write',
    'keeps counts, vectors and clusters in line with the nodes after a replacement',
    KeepsOldVector,
  ),
  wrong(
    'counts what was deleted',
    'after each write',
    'keeps counts, vectors and clusters in line with the nodes after a deletion',
    CountsOnlyUp,
  ),
  wrong(
    'leaves the episodes of a deleted scope',
    'delete',
    'deletes a scope whole, at any size, nodes and episodes',
    LeavesEpisodes,
  ),
  wrong(
    'deletes the first 1,000 of a scope',
    'delete',
    'deletes a scope whole, at any size, nodes and episodes',
    DeletesOnePage,
  ),
  wrong(
    'leaves what a deleted user has in tenants',
    'delete',
    'deletes what a user has inside tenants too',
    LeavesTenantsOfUser,
  ),
  wrong(
    'counts the ids it was asked to delete',
    'delete',
    'deletes nodes and their vectors, and says how many there were',
    CountsAsked,
  ),
  wrong(
    'deletes nothing',
    'delete',
    'deletes nodes and their vectors, and says how many there were',
    DeletesNothing,
  ),
  wrong(
    'refuses the id of a deleted node for ever',
    'delete',
    'puts a node that is inserted again at the end',
    RemembersDeletedIds,
  ),
]
