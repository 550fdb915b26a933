import type { ClusterAssignment, ResolvedScan, ResolvedScope, ResolvedSearch } from '@holdfast/core'
import { matrixOf, rankByCosine } from '../../src/rank-by-cosine.js'
import type { RecordTable, StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class ForgetsTenantsOfUser extends KeptBackend {
  protected override visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
    const seen = super.visible(table, scope)
    return scope.kind === 'tenant' ? seen : seen.filter(({ owner }) => owner.tenantId === null)
  }
}

class EmbeddingsOfEverybody extends KeptBackend {
  protected override async _getEmbeddings() {
    return matrixOf(this.store.nodes.records, this.dimensions)
  }
}

class ScansEverybody extends KeptBackend {
  protected override async _scanNodes(_scope: ResolvedScope, request: ResolvedScan) {
    return this.scan(this.store.nodes.records, request, (record) => this.node(record))
  }
}

class ExplainsEverybody extends KeptBackend {
  protected override async _explainSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const plan = await super._explainSearch(scope, query, search)
    return { ...plan, rowsInScope: this.store.nodes.records.length }
  }
}

class AccessesAnyOwner extends KeptBackend {
  protected override async _recordAccess(_scope: ResolvedScope, ids: readonly string[], at: string) {
    this.rewrite(
      ({ id }) => ids.includes(id),
      (node) => ({ ...node, accessCount: node.accessCount + 1, lastAccessed: at }),
    )
  }
}

class ClustersAnyOwner extends KeptBackend {
  protected override async _assignClusters(_scope: ResolvedScope, entries: readonly ClusterAssignment[]) {
    const byId = new Map(entries.map((entry) => [entry.id, entry.clusterId]))
    return this.rewrite(
      ({ id }) => byId.has(id),
      (node) => ({ ...node, clusterId: byId.get(node.id) ?? null }),
    )
  }
}

class SearchesEpisodesOfEverybody extends KeptBackend {
  protected override async _searchEpisodes(
    _scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
  ) {
    const everybody = { kind: 'user', userId: '' } as const
    const found = rankByCosine(query, this.store.episodes.records, search)
    const all = await Promise.all(
      found.map(async ({ record, score }) => {
        const scope = record.owner.tenantId
          ? ({ kind: 'tenant', tenantId: record.owner.tenantId } as const)
          : { ...everybody, userId: record.owner.userId ?? '' }
        const episode = await this._getEpisode(scope, record.id)
        return episode ? [{ episode, score }] : []
      }),
    )
    return all.flat()
  }
}

class CountsEpisodesOfEverybody extends KeptBackend {
  protected override async _countEpisodes() {
    return this.store.episodes.records.length
  }
}

class DeletesEpisodesOfAnyOwner extends KeptBackend {
  protected override async _deleteEpisodes(_scope: ResolvedScope, ids: readonly string[]) {
    return this.store.episodes.remove(({ id }) => ids.includes(id))
  }
}

/** Each forgets the scope in one operation. */
export const wrongOwners: readonly WrongBackend[] = [
  wrong(
    'forgets what a user has in tenants',
    'scope isolation',
    'shows a user the own nodes inside tenants, in insertion order, and nobody else their tenants',
    ForgetsTenantsOfUser,
  ),
  wrong(
    'gives the vectors of everybody',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    EmbeddingsOfEverybody,
  ),
  wrong(
    'scans the nodes of everybody',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    ScansEverybody,
  ),
  wrong(
    'explains with the size of the whole store',
    'explain search',
    'counts the nodes of the scope and the vectors that are compared',
    ExplainsEverybody,
  ),
  wrong(
    'counts an access to the nodes of any owner',
    'update',
    'changes nothing outside the scope, and says so',
    AccessesAnyOwner,
  ),
  wrong(
    'puts the nodes of any owner into clusters',
    'update',
    'changes nothing outside the scope, and says so',
    ClustersAnyOwner,
  ),
  wrong(
    'searches the episodes of everybody',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    SearchesEpisodesOfEverybody,
  ),
  wrong(
    'counts the episodes of everybody',
    'scope isolation',
    'keeps owners apart whose names look alike (tenantId)',
    CountsEpisodesOfEverybody,
  ),
  wrong(
    'deletes the episodes of any owner',
    'delete',
    'deletes nothing outside the scope',
    DeletesEpisodesOfAnyOwner,
  ),
]
