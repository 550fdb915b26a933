import type {
  NewNode,
  OnConflict,
  ResolvedFilter,
  ResolvedPage,
  ResolvedScan,
  ResolvedScope,
  ResolvedSearch,
} from '@holdfast/core'
import { MemoryError } from '@holdfast/core'
import type { InMemoryStore } from '../../src/in-memory-backend.js'
import { KeptBackend, keptHarness } from '../kept-backend.js'
import { type WrongBackend, wrong, wrongWith } from './wrong-backend.js'

class ListsOnePage extends KeptBackend {
  protected override async _getNodes(scope: ResolvedScope, page: ResolvedPage) {
    return super._getNodes(scope, { ...page, limit: Math.min(page.limit, 1_000) })
  }
}

class FindsFew extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return super._vectorSearch(scope, query, { ...search, topK: Math.min(search.topK, 100) })
  }
}

class FindsFewByWords extends KeptBackend {
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    return super._keywordSearch(scope, text, { ...search, topK: Math.min(search.topK, 100) })
  }
}

class ListsFewEpisodes extends KeptBackend {
  protected override async _getEpisodes(scope: ResolvedScope, page: ResolvedPage) {
    return super._getEpisodes(scope, { ...page, limit: Math.min(page.limit, 1_000) })
  }
}

/** As with a statement that takes so many parameters and no more. */
class DeletesFewIds extends KeptBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return super._deleteNodes(scope, ids.slice(0, 1_000))
  }
}

/** As many as a statement of PostgreSQL takes parameters. */
const mostParameters = 65_535

class DeletesParametersOfIds extends KeptBackend {
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return super._deleteNodes(scope, ids.slice(0, mostParameters))
  }
}

class DeletesParametersOfScope extends KeptBackend {
  protected override async _deleteScope(scope: ResolvedScope) {
    const gone = new Set(this.visible(this.store.nodes, scope).slice(0, mostParameters))
    const isMine = new Set(this.visible(this.store.episodes, scope))
    return (
      this.store.nodes.remove((record) => gone.has(record)) +
      this.store.episodes.remove((record) => isMine.has(record))
    )
  }
}

class AccessesFewIds extends KeptBackend {
  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    return super._recordAccess(scope, ids.slice(0, 1_000), at)
  }
}

class FindsBelowZero extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const minScore = search.minScore === 0 ? -1 : search.minScore
    return super._vectorSearch(scope, query, { ...search, minScore })
  }
}

class FindsWithoutVector extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const found = await super._vectorSearch(scope, query, search)
    const without = this.matching(scope, search.filter).filter(({ embedding }) => embedding === undefined)
    const rest = without.map((record) => ({ node: this.node(record), score: 0 }))
    return [...found, ...rest].slice(0, search.topK)
  }
}

class ScoresByDot extends KeptBackend {
  protected override async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const found = await super._vectorSearch(scope, query, search)
    const length = Math.hypot(...query)
    return found.map(({ node, score }) => ({ node, score: score * length }))
  }
}

class TakesTextsForTimes extends KeptBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const { createdAfter, ...rest } = filter ?? {}
    const all = super.matching(scope, rest)
    if (createdAfter === undefined) return all
    const text = new Date(createdAfter / 1_000).toISOString()
    return all.filter((record) => this.node(record).createdAt > text)
  }
}

class FiltersInOrderOfIds extends KeptBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const found = super.matching(scope, filter)
    const { ids } = filter ?? {}
    return ids ? ids.flatMap((id) => found.filter((record) => record.id === id)) : found
  }
}

class MatchesAnyField extends KeptBackend {
  protected override matching(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    const parts = Object.entries(filter ?? {}).map(([name, value]) => ({ [name]: value }))
    if (parts.length < 2) return super.matching(scope, filter)
    const found = new Set(parts.flatMap((part) => super.matching(scope, part)))
    return super.matching(scope, undefined).filter((record) => found.has(record))
  }
}

class DropsLastOfScan extends KeptBackend {
  protected override async _scanNodes(scope: ResolvedScope, request: ResolvedScan) {
    const batch = await super._scanNodes(scope, request)
    return batch && batch.records.length < request.batchSize && request.after > 0 ? undefined : batch
  }
}

/** Vectors without the gaps of the nodes that have none. */
class ShiftsVectorsOfScan extends KeptBackend {
  protected override async _scanNodes(scope: ResolvedScope, request: ResolvedScan) {
    const batch = await super._scanNodes(scope, request)
    if (!batch?.embeddings) return batch
    const vectors = batch.embeddings.filter((vector) => vector !== undefined)
    return { ...batch, embeddings: batch.records.map((_, index) => vectors[index]) }
  }
}

/** Reads on from a place in the list, which moves when something before it is deleted. */
class CountsPlaces extends KeptBackend {
  protected override async _scanNodes(scope: ResolvedScope, request: ResolvedScan) {
    const records = this.matching(scope, request.filter).map((record, index) => ({
      ...record,
      position: index + 1,
    }))
    return this.scan(records, request, (record) => this.node(record))
  }
}

class SwallowsErrors extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    return super._insertNodes(nodes, mode).catch(() => ({ inserted: 0, replaced: 0, ignored: 0 }))
  }
}

class OtherCode extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    return super._insertNodes(nodes, mode).catch((cause: unknown) => {
      throw new MemoryError('CONFLICT', 'the insert failed', { cause })
    })
  }
}

class LosesCause extends KeptBackend {
  protected override async _insertNodes(nodes: readonly NewNode[], mode: OnConflict) {
    return super._insertNodes(nodes, mode).catch(() => {
      throw new Error('the insert failed')
    })
  }
}

/** With as many records to delete as there are without a word of the harness. */
const wholeHarness = (Backend: new (store: InMemoryStore) => KeptBackend) => (name: string) => ({
  ...keptHarness(name, (store) => new Backend(store)),
  largeScope: 100_000,
})

/** Each stops early, goes too far, or says something else than what went wrong. */
export const wrongLimits: readonly WrongBackend[] = [
  wrong(
    'lists 1,000 nodes at most',
    'many records',
    'are read whole: 1200 nodes listed, scanned, counted, found and in every matrix',
    ListsOnePage,
  ),
  wrong(
    'finds 100 nodes at most',
    'many records',
    'are read whole: 1200 nodes listed, scanned, counted, found and in every matrix',
    FindsFew,
  ),
  wrong(
    'finds 100 nodes at most by words',
    'many records',
    'are read whole: 1200 nodes listed, scanned, counted, found and in every matrix',
    FindsFewByWords,
  ),
  wrong('lists 1,000 episodes at most', 'many records', 'are read whole: 1200 episodes', ListsFewEpisodes),
  wrong(
    'deletes the first 1,000 ids',
    'many records',
    'are deleted whole: 1200 ids in one call',
    DeletesFewIds,
  ),
  wrongWith(
    'deletes the first 65,535 ids',
    'delete all',
    'deletes every one of 100,000 ids in one call, and no other',
    wholeHarness(DeletesParametersOfIds),
  ),
  wrongWith(
    'deletes 65,535 nodes of a scope',
    'delete all',
    'deletes a scope whole, and for good: 100,000 nodes and 10,000 episodes',
    wholeHarness(DeletesParametersOfScope),
  ),
  wrong(
    'counts an access to the first 1,000 ids',
    'many records',
    'are changed whole: 1200 accesses and clusters in one call',
    AccessesFewIds,
  ),
  wrong(
    'finds what points the other way',
    'vector matches',
    'takes minScore as inclusive, 0 unless told',
    FindsBelowZero,
  ),
  wrong(
    'finds nodes without a vector',
    'vector matches',
    'lists nodes without a vector and with a vector of zeros, but never finds them',
    FindsWithoutVector,
  ),
  wrong('scores by dot product', 'vector limits', 'does not care for the length of a vector', ScoresByDot),
  wrong(
    'compares times as texts',
    'filters',
    'agree with core on generated nodes and filters (seed 20240301)',
    TakesTextsForTimes,
  ),
  wrong(
    'lists in the order of the ids asked for',
    'filters',
    'mean the same in every read',
    FiltersInOrderOfIds,
  ),
  wrong(
    'takes any field of a filter for enough',
    'filters',
    'agree with core on generated nodes and filters (seed 20240301)',
    MatchesAnyField,
  ),
  wrong(
    'drops the last batch of a scan',
    'scan',
    'gives every node once, in insertion order, in batches of at most the size asked for',
    DropsLastOfScan,
  ),
  wrong(
    'shifts the vectors of a scan',
    'scan',
    'gives the vectors in line with the nodes, when asked to',
    ShiftsVectorsOfScan,
  ),
  wrong(
    'has a cursor that skips after a deletion',
    'delete',
    'neither skips nor repeats the others when some are deleted during a scan',
    CountsPlaces,
  ),
  wrong(
    'swallows errors',
    'all or nothing',
    'refuses a batch with an id that the owner already has, first or last',
    SwallowsErrors,
  ),
  wrong(
    'rejects with another code',
    'all or nothing',
    'refuses a batch with an id that the owner already has, first or last',
    OtherCode,
  ),
  wrong(
    'rejects without a code',
    'all or nothing',
    'refuses a batch with an id that the owner already has, first or last',
    LosesCause,
  ),
]
