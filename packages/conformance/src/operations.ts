import type { BackendCapabilities, CallOptions, MemoryBackend, Scope } from '@holdfast/core'
import { drain } from './drain.js'
import { axis, sampleEpisode, sampleNode } from './sample-records.js'

/** One public operation with arguments that are right in a store of 8 dimensions. */
export interface Operation {
  readonly name: string
  /** When this capability is false, the operation rejects with `NOT_SUPPORTED`. */
  readonly capability?: keyof BackendCapabilities
  /** Async iterators are drained. */
  run(backend: MemoryBackend, scope: Scope, options?: CallOptions): Promise<unknown>
}

/** An operation that takes a scope, and what it gives for one that names nobody. */
export interface ScopedOperation extends Operation {
  readonly nothing: unknown
}

const query = axis(0)
const emptyMatrix = { nodeIds: [], rows: 0, data: new Float32Array(0) }

/** Every operation that takes a scope. The ids are those of `sampleNode('a')` and `sampleEpisode('a')`. */
export const scopedOperations: readonly ScopedOperation[] = [
  { name: 'getNode', nothing: undefined, run: (b, scope, o) => b.getNode(scope, 'a', o) },
  { name: 'getNodes', nothing: [], run: (b, scope, o) => b.getNodes(scope, o) },
  { name: 'countNodes', nothing: 0, run: (b, scope, o) => b.countNodes(scope, o) },
  { name: 'scanNodes', nothing: [], run: (b, scope, o) => drain(b.scanNodes(scope, o)) },
  { name: 'vectorSearch', nothing: [], run: (b, scope, o) => b.vectorSearch(query, scope, o) },
  {
    name: 'keywordSearch',
    capability: 'keywordSearch',
    nothing: [],
    run: (b, scope, o) => b.keywordSearch('question', scope, o),
  },
  {
    name: 'explainSearch',
    nothing: { strategy: 'exact', rowsInScope: 0, rowsScored: 0, exact: true },
    run: (b, scope, o) => b.explainSearch(query, scope, o),
  },
  { name: 'getEmbeddings', nothing: emptyMatrix, run: (b, scope, o) => b.getEmbeddings(scope, o) },
  { name: 'getClusterInfo', nothing: new Map(), run: (b, scope, o) => b.getClusterInfo(scope, o) },
  { name: 'getClusterCentroids', nothing: new Map(), run: (b, scope, o) => b.getClusterCentroids(scope, o) },
  { name: 'getEpisode', nothing: undefined, run: (b, scope, o) => b.getEpisode(scope, 'a', o) },
  { name: 'getEpisodes', nothing: [], run: (b, scope, o) => b.getEpisodes(scope, o) },
  { name: 'countEpisodes', nothing: 0, run: (b, scope, o) => b.countEpisodes(scope, o) },
  { name: 'scanEpisodes', nothing: [], run: (b, scope, o) => drain(b.scanEpisodes(scope, o)) },
  { name: 'searchEpisodes', nothing: [], run: (b, scope, o) => b.searchEpisodes(query, scope, o) },
  {
    name: 'getEpisodeEmbeddings',
    nothing: emptyMatrix,
    run: (b, scope, o) => b.getEpisodeEmbeddings(scope, o),
  },
  {
    name: 'updateNode',
    capability: 'update',
    nothing: false,
    run: (b, scope, o) => b.updateNode(scope, 'a', { source: 'changed' }, o),
  },
  {
    name: 'recordAccess',
    capability: 'update',
    nothing: undefined,
    run: (b, scope, o) => b.recordAccess(scope, ['a'], o),
  },
  {
    name: 'assignClusters',
    capability: 'update',
    nothing: 0,
    run: (b, scope, o) => b.assignClusters(scope, [{ id: 'a', clusterId: 5 }], o),
  },
  {
    name: 'deleteNodes',
    capability: 'delete',
    nothing: 0,
    run: (b, scope, o) => b.deleteNodes(scope, ['a'], o),
  },
  {
    name: 'deleteEpisodes',
    capability: 'delete',
    nothing: 0,
    run: (b, scope, o) => b.deleteEpisodes(scope, ['a'], o),
  },
  { name: 'deleteScope', capability: 'delete', nothing: 0, run: (b, scope, o) => b.deleteScope(scope, o) },
]

/** The operations that name the owner in their records, and those of operators. */
export const unscopedOperations: readonly Operation[] = [
  { name: 'insertNode', run: (b, _, o) => b.insertNode(sampleNode('new1'), o) },
  { name: 'insertNodes', run: (b, _, o) => b.insertNodes([sampleNode('new2')], o) },
  { name: 'insertEpisodes', run: (b, _, o) => b.insertEpisodes([sampleEpisode('new')], o) },
  { name: 'admin.listScopes', run: (b, _, o) => b.admin.listScopes(o) },
  { name: 'admin.exportAll', run: (b, _, o) => drain(b.admin.exportAll(o)) },
  { name: 'admin.importBatch', run: (b, _, o) => b.admin.importBatch({ kind: 'nodes', records: [] }, o) },
  { name: 'admin.importAll', run: (b, _, o) => drain(b.admin.importAll([], o)) },
  { name: 'admin.fingerprint', run: (b, _, o) => b.admin.fingerprint(o) },
  { name: 'admin.verify', capability: 'maintenance', run: (b, _, o) => b.admin.verify(o) },
  { name: 'admin.stats', capability: 'maintenance', run: (b, _, o) => b.admin.stats(o) },
  { name: 'admin.compact', capability: 'maintenance', run: (b, _, o) => b.admin.compact(o) },
  { name: 'admin.maintain', capability: 'approximateSearch', run: (b, _, o) => b.admin.maintain(o) },
]

/** Everything that takes options. `admin.setEmbeddingModel` takes none. */
export const allOperations: readonly Operation[] = [...scopedOperations, ...unscopedOperations]
