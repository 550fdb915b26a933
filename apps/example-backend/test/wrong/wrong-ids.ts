import type { ClusterAssignment, ResolvedFilter, ResolvedPatch, ResolvedScope } from '@holdfast/core'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

const folded = (id: string) => id.toLowerCase()

/** Finds the ids of a scope that are the asked ones without case. */
class FoldsIdsIn extends KeptBackend {
  protected alike(scope: ResolvedScope, ids: readonly string[], fold = folded): readonly string[] {
    const wanted = new Set(ids.map(fold))
    const all = this.visible(this.store.nodes, scope).map(({ id }) => id)
    return all.filter((id) => wanted.has(fold(id)))
  }
}

class UpdatesWithoutCase extends FoldsIdsIn {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    const [first] = this.alike(scope, [id])
    return first !== undefined && super._updateNode(scope, first, patch)
  }
}

class AccessesWithoutCase extends FoldsIdsIn {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    return super._recordAccess(scope, this.alike(scope, ids), at)
  }
}

class ClustersWithoutCase extends FoldsIdsIn {
  protected override async _assignClusters(scope: ResolvedScope, entries: readonly ClusterAssignment[]) {
    const all = entries.flatMap((entry) => this.alike(scope, [entry.id]).map((id) => ({ ...entry, id })))
    return super._assignClusters(scope, all)
  }
}

class DeletesIdsWithoutCase extends FoldsIdsIn {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return super._deleteNodes(scope, this.alike(scope, ids))
  }
}

class DeletesNormalisedIds extends FoldsIdsIn {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return super._deleteNodes(
      scope,
      this.alike(scope, ids, (id) => id.normalize('NFC').trim()),
    )
  }
}

class FiltersIdsWithoutCase extends FoldsIdsIn {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const ids = filter?.ids && this.alike(scope, filter.ids)
    return super.matching(scope, filter && { ...filter, ...(ids ? { ids } : {}) })
  }
}

class GetsEpisodesWithoutCase extends KeptBackend {
  protected override async _getEpisode(scope: ResolvedScope, id: string) {
    const all = this.visible(this.store.episodes, scope)
    const found = all.find((record) => folded(record.id) === folded(id))
    return found && super._getEpisode(scope, found.id)
  }
}

/** Each takes one id for another, in one call. */
export const wrongIds: readonly WrongBackend[] = [
  wrong(
    'updates ids without case',
    'ids',
    'changes the node of an id, and none that looks alike',
    UpdatesWithoutCase,
  ),
  wrong(
    'counts accesses to ids without case',
    'ids',
    'changes the node of an id, and none that looks alike',
    AccessesWithoutCase,
  ),
  wrong(
    'puts ids without case into clusters',
    'ids',
    'changes the node of an id, and none that looks alike',
    ClustersWithoutCase,
  ),
  wrong(
    'deletes ids without case',
    'ids',
    'deletes the record of an id, and none that looks alike',
    DeletesIdsWithoutCase,
  ),
  wrong(
    'normalises and trims the ids that it deletes',
    'ids',
    'deletes the record of an id, and none that looks alike',
    DeletesNormalisedIds,
  ),
  wrong(
    'filters ids without case',
    'ids',
    'finds by a filter the id that it names, and none that looks alike',
    FiltersIdsWithoutCase,
  ),
  wrong(
    'gets episodes by ids without case',
    'ids',
    'keeps episodes apart whose ids look alike',
    GetsEpisodesWithoutCase,
  ),
]
