import {
  type CallContext,
  isInScope,
  type NewEpisode,
  type OnConflict,
  type ResolvedPatch,
  type ResolvedScope,
  type ResolvedSearch,
} from '@holdfast/core'
import type { InMemoryStore } from '../../src/in-memory-backend.js'
import type { StoredRecord } from '../../src/record-table.js'
import { KeptBackend } from '../kept-backend.js'
import { type WrongBackend, wrong } from './wrong-backend.js'

class DeletesHalf extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope, context?: CallContext) {
    let count = 0
    for (const table of [this.store.nodes, this.store.episodes]) {
      for (const record of this.visible(table, scope)) {
        context?.signal?.throwIfAborted()
        count += table.remove((other) => other === record)
        await null
      }
    }
    return count
  }
}

class CountsHalf extends KeptBackend {
  protected override async _recordAccess(
    scope: ResolvedScope,
    ids: readonly string[],
    at: string,
    context?: CallContext,
  ) {
    for (const id of ids) {
      context?.signal?.throwIfAborted()
      await super._recordAccess(scope, [id], at)
    }
  }
}

class StoresPartOfEpisodes extends KeptBackend {
  protected override async _insertEpisodes(episodes: readonly NewEpisode[], onConflict: OnConflict) {
    const counts = { inserted: 0, replaced: 0, ignored: 0 }
    for (const episode of episodes) {
      const { inserted, replaced, ignored } = await super._insertEpisodes([episode], onConflict)
      counts.inserted += inserted
      counts.replaced += replaced
      counts.ignored += ignored
    }
    return counts
  }
}

class CountsDeletedTwice extends KeptBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    const count = this.visible(this.store.nodes, scope).filter(({ id }) => ids.includes(id)).length
    await null
    await super._deleteNodes(scope, ids)
    return count
  }
}

/** Takes the place after the last record there is, when it is opened. */
class GivesPlacesAgain extends KeptBackend {
  constructor(store: InMemoryStore) {
    super(store)
    store.nodes.lastPosition = store.nodes.records.at(-1)?.position ?? 0
  }
}

class DeletesUserOfThatName extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const isGone = ({ owner }: StoredRecord) =>
      isInScope(owner, scope) || (scope.kind === 'tenant' && owner.userId === scope.tenantId)
    return this.store.nodes.remove(isGone) + this.store.episodes.remove(isGone)
  }
}

class DropsNulInPatches extends KeptBackend {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    const { humanContent, ...others } = patch.fields
    const plain = humanContent === undefined ? {} : { humanContent: humanContent.replaceAll('\0', '') }
    return super._updateNode(scope, id, { ...patch, fields: { ...others, ...plain } })
  }
}

class DropsExtraOfPatches extends KeptBackend {
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    return super._updateNode(scope, id, { ...patch, extra: {} })
  }
}

class CountsIn32Bits extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    const targets = this.firstOfEach(scope, ids)
    this.rewrite(
      (record) => targets.has(record),
      (node) => ({ ...node, accessCount: (node.accessCount + 1) >>> 0, lastAccessed: at }),
    )
  }
}

class ExcludesScoreOfEpisodes extends KeptBackend {
  protected override async _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
  ) {
    const found = await super._searchEpisodes(scope, query, search)
    return found.filter(({ score }) => score > search.minScore)
  }
}

class FiltersNoTimesByWords extends KeptBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const { createdAfter: _, createdBefore: __, ...filter } = search.filter ?? {}
    return super._keywordSearch(scope, text, { ...search, filter })
  }
}

/** Each is right in most moments, for most values, or for nodes only. */
export const wrongMoments: readonly WrongBackend[] = [
  wrong(
    'deletes half of a scope when it is aborted',
    'abort signal',
    'leaves a deletion of a scope whole or undone when it is aborted on its way',
    DeletesHalf,
  ),
  wrong(
    'counts half of the accesses when it is aborted',
    'abort signal',
    'leaves a count of accesses whole or undone when it is aborted on its way',
    CountsHalf,
  ),
  wrong(
    'stores a part of a refused batch of episodes',
    'all or nothing',
    'refuses a batch with an episode that the owner already has, first or last',
    StoresPartOfEpisodes,
  ),
  wrong(
    'counts twice what two delete at once',
    'concurrency',
    'counts every deleted record once when many delete at once',
    CountsDeletedTwice,
  ),
  wrong(
    'gives the place of a deleted record again',
    'cursors',
    'stay right when the last records were deleted and the store is opened again',
    GivesPlacesAgain,
  ),
  wrong(
    'deletes a user who is called like the tenant',
    'isolation of writes',
    'takes no tenant for a user of the same name, nor the other way round',
    DeletesUserOfThatName,
  ),
  wrong(
    'drops NUL characters of a patch',
    'update',
    'keeps every text and time of a patch as it is',
    DropsNulInPatches,
  ),
  wrong(
    'drops the unknown keys of a patch',
    'update',
    'takes tags and metadata whole, and adds to what it does not know',
    DropsExtraOfPatches,
  ),
  wrong('counts accesses in 32 bits', 'access counts', 'go on past 32 bits', CountsIn32Bits),
  wrong(
    'takes minScore of episodes as exclusive',
    'episodes',
    'takes minScore as inclusive, 0 unless told, and components of any size',
    ExcludesScoreOfEpisodes,
  ),
  wrong(
    'filters no times in a search by words',
    'filters',
    'agree with core on generated nodes and filters (seed 20240301)',
    FiltersNoTimesByWords,
  ),
]
