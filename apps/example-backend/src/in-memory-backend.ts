import {
  type AdminDriver,
  type BackendCapabilities,
  type ClusterAssignment,
  defaultDimensions,
  type EmbeddingModel,
  formatNode,
  isInScope,
  MemoryBackend,
  type MemoryNode,
  matchesFilter,
  type NewEpisode,
  type NewNode,
  type OnConflict,
  type PositionedBatch,
  type ResolvedFilter,
  type ResolvedPage,
  type ResolvedPatch,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  readEpisode,
  readNode,
  type SearchPlan,
} from '@holdfast/core'
import { inMemoryAdmin } from './in-memory-admin.js'
import { matrixOf, rankByCosine } from './rank-by-cosine.js'
import { rankByWords } from './rank-by-words.js'
import { incoming, RecordTable, type StoredRecord } from './record-table.js'

// #region capabilities
export const inMemoryCapabilities: BackendCapabilities = Object.freeze({
  durable: false,
  keywordSearch: true,
  update: true,
  delete: true,
  concurrentWriters: false,
  approximateSearch: false,
  maintenance: true,
})
// #endregion

// #region store
/** Where another backend has a connection or a directory. */
export class InMemoryStore {
  readonly nodes: RecordTable = new RecordTable()
  readonly episodes: RecordTable = new RecordTable()
  readonly dimensions: number
  embeddingModel: EmbeddingModel | undefined

  constructor(dimensions: number = defaultDimensions) {
    this.dimensions = dimensions
  }
}
// #endregion

/** The contract in the plainest form: lists in memory, which are gone when the process ends. */
export class InMemoryBackend extends MemoryBackend {
  // #region class
  readonly capabilities: BackendCapabilities = inMemoryCapabilities
  readonly store: InMemoryStore

  constructor(store: InMemoryStore = new InMemoryStore()) {
    super()
    this.store = store
  }

  get dimensions(): number {
    return this.store.dimensions
  }
  get embeddingModel(): EmbeddingModel | undefined {
    return this.store.embeddingModel
  }

  protected async _close(): Promise<void> {}
  // #endregion

  // #region scope
  /** What the scope sees. Every read and every change below begins here. */
  protected visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
    return table.records.filter(({ owner }) => isInScope(owner, scope))
  }

  /** Of that, the nodes that pass the filter. */
  protected matching(scope: ResolvedScope, filter: ResolvedFilter | undefined): readonly StoredRecord[] {
    const records = this.visible(this.store.nodes, scope)
    return filter ? records.filter((record) => matchesFilter(this.node(record), filter)) : records
  }

  /** A new object each time: what a caller does to it stays with the caller. */
  protected node(record: StoredRecord): MemoryNode {
    return { ...readNode(record.text), ...record.owner, clusterId: record.clusterId }
  }
  // #endregion

  // #region reads
  protected async _getNode(scope: ResolvedScope, id: string) {
    const record = this.visible(this.store.nodes, scope).find((candidate) => candidate.id === id)
    return record && this.node(record)
  }

  protected async _getNodes(scope: ResolvedScope, { filter, limit, offset }: ResolvedPage) {
    return this.matching(scope, filter)
      .slice(offset, offset + limit)
      .map((record) => this.node(record))
  }

  protected async _countNodes(scope: ResolvedScope, filter: ResolvedFilter | undefined) {
    return this.matching(scope, filter).length
  }
  // #endregion

  // #region scan
  protected async _scanNodes(scope: ResolvedScope, request: ResolvedScan) {
    return this.scan(this.matching(scope, request.filter), request, (record) => this.node(record))
  }

  protected scan<T>(
    records: readonly StoredRecord[],
    { after, batchSize, withEmbeddings }: ResolvedScan,
    read: (record: StoredRecord) => T,
  ): PositionedBatch<T> | undefined {
    const batch = records.filter(({ position }) => position > after).slice(0, batchSize)
    const last = batch.at(-1)
    if (last === undefined) return undefined
    const embeddings = withEmbeddings ? { embeddings: batch.map(({ embedding }) => embedding?.slice()) } : {}
    return { records: batch.map(read), position: last.position, ...embeddings }
  }
  // #endregion

  // #region search
  protected async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const found = rankByCosine(query, this.matching(scope, search.filter), search)
    return found.map(({ record, score }) => ({ node: this.node(record), score }))
  }

  protected async _explainSearch(
    scope: ResolvedScope,
    _query: Float32Array,
    search: ResolvedSearch,
  ): Promise<SearchPlan> {
    const rowsInScope = this.visible(this.store.nodes, scope).length
    const rowsScored = this.matching(scope, search.filter).filter(({ embedding }) => embedding).length
    return { strategy: 'exact', rowsInScope, rowsScored, exact: true }
  }

  protected async _getEmbeddings(scope: ResolvedScope) {
    return matrixOf(this.visible(this.store.nodes, scope), this.dimensions)
  }

  protected async _getClusterIds(scope: ResolvedScope) {
    return this.visible(this.store.nodes, scope).map(({ clusterId }) => clusterId)
  }
  // #endregion

  // #region inserts
  protected async _insertNodes(nodes: readonly NewNode[], onConflict: OnConflict) {
    return this.store.nodes.insert(nodes.map(incoming), onConflict)
  }

  protected async _insertEpisodes(episodes: readonly NewEpisode[], onConflict: OnConflict) {
    return this.store.episodes.insert(episodes.map(incoming), onConflict)
  }
  // #endregion

  // #region episodes
  protected async _getEpisode(scope: ResolvedScope, id: string) {
    const record = this.visible(this.store.episodes, scope).find((candidate) => candidate.id === id)
    return record && episode(record)
  }

  protected async _getEpisodes(scope: ResolvedScope, { limit, offset }: ResolvedPage) {
    return this.visible(this.store.episodes, scope)
      .slice(offset, offset + limit)
      .map(episode)
  }

  protected async _countEpisodes(scope: ResolvedScope) {
    return this.visible(this.store.episodes, scope).length
  }

  protected async _scanEpisodes(scope: ResolvedScope, request: ResolvedScan) {
    return this.scan(this.visible(this.store.episodes, scope), request, episode)
  }

  protected async _searchEpisodes(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    const found = rankByCosine(query, this.visible(this.store.episodes, scope), search)
    return found.map(({ record, score }) => ({ episode: episode(record), score }))
  }

  protected async _getEpisodeEmbeddings(scope: ResolvedScope) {
    return matrixOf(this.visible(this.store.episodes, scope), this.dimensions)
  }
  // #endregion

  // #region admin
  protected override _adminDriver(): AdminDriver {
    return inMemoryAdmin(() => this.store)
  }
  // #endregion

  // #region update
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    const targets = this.firstOfEach(scope, [id])
    const { fields, extra, embedding } = patch
    const changed = this.rewrite(
      (record) => targets.has(record),
      (node) => ({ ...node, ...fields, extra: { ...node.extra, ...extra } }),
      // No vector in the patch leaves it as it is, `null` takes it away.
      embedding === undefined ? {} : { embedding: embedding ?? undefined },
    )
    return changed === 1
  }

  protected override async _recordAccess(scope: ResolvedScope, ids: readonly string[], at: string) {
    const targets = this.firstOfEach(scope, ids)
    this.rewrite(
      (record) => targets.has(record),
      (node) => ({ ...node, accessCount: node.accessCount + 1, lastAccessed: at }),
    )
  }

  protected override async _assignClusters(scope: ResolvedScope, entries: readonly ClusterAssignment[]) {
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    const targets = this.firstOfEach(scope, [...byId.keys()])
    return this.rewrite(
      (record) => targets.has(record),
      (node) => {
        const {
          clusterId = null,
          label = node.clusterLabel,
          confidence = node.clusterConfidence,
        } = byId.get(node.id) ?? {}
        return { ...node, clusterId, clusterLabel: label, clusterConfidence: confidence }
      },
    )
  }

  /** Where a user sees an id more than once, changes are to the record that reads give: the first. */
  protected firstOfEach(scope: ResolvedScope, ids: readonly string[]): ReadonlySet<StoredRecord> {
    const wanted = new Set(ids)
    const first = new Map<string, StoredRecord>()
    for (const record of this.visible(this.store.nodes, scope)) {
      if (wanted.has(record.id) && !first.has(record.id)) first.set(record.id, record)
    }
    return new Set(first.values())
  }

  /** Writes nodes anew in their place, and says how many those were. */
  protected rewrite(
    isMeant: (record: StoredRecord) => boolean,
    change: (node: MemoryNode) => MemoryNode,
    vector: { readonly embedding?: Float32Array | undefined } = {},
  ): number {
    return this.store.nodes.change((record) => {
      if (!isMeant(record)) return undefined
      const node = change(this.node(record))
      return { ...record, ...vector, text: formatNode(node), clusterId: node.clusterId }
    })
  }
  // #endregion

  // #region delete
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    const wanted = new Set(ids)
    return this.store.nodes.remove(({ owner, id }) => wanted.has(id) && isInScope(owner, scope))
  }

  protected override async _deleteEpisodes(scope: ResolvedScope, ids: readonly string[]) {
    const wanted = new Set(ids)
    return this.store.episodes.remove(({ owner, id }) => wanted.has(id) && isInScope(owner, scope))
  }

  protected override async _deleteScope(scope: ResolvedScope) {
    const isGone = ({ owner }: StoredRecord) => isInScope(owner, scope)
    return this.store.nodes.remove(isGone) + this.store.episodes.remove(isGone)
  }
  // #endregion

  // #region keywords
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    // The whole scope is ranked: a filter narrows what is found and changes no score.
    const nodes = this.matching(scope, undefined).map((record) => this.node(record))
    const { filter } = search
    return rankByWords(text, nodes)
      .filter(({ node }) => filter === undefined || matchesFilter(node, filter))
      .slice(0, search.topK)
  }
  // #endregion
}

// #region episode
function episode(record: StoredRecord) {
  return { ...readEpisode(record.text), ...record.owner }
}
// #endregion
