import {
  type AdminDriver,
  type BackendCapabilities,
  type CallContext,
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
} from '@holdfast/core'
import { rankByWords } from './keyword-ranking.js'
import { matrixOf, RecordTable, type StoredRecord } from './record-table.js'
import { referenceAdmin } from './reference-admin.js'
import { rankByCosine } from './vector-ranking.js'

export const referenceCapabilities: BackendCapabilities = Object.freeze({
  durable: true,
  keywordSearch: true,
  update: true,
  delete: true,
  concurrentWriters: false,
  approximateSearch: false,
  maintenance: true,
})

/** What is left when a reference backend is closed. */
export class ReferenceStore {
  readonly nodes: RecordTable = new RecordTable()
  readonly episodes: RecordTable = new RecordTable()
  readonly dimensions: number
  embeddingModel: EmbeddingModel | undefined

  constructor(dimensions: number = defaultDimensions) {
    this.dimensions = dimensions
  }
}

/** The contract in the plainest form: lists in memory. The wrong backends of the tests change one thing of it each. */
export class ReferenceBackend extends MemoryBackend {
  readonly capabilities: BackendCapabilities = referenceCapabilities
  readonly store: ReferenceStore
  /** Nodes to test against filters; they are never handed out. */
  readonly #parsed = new WeakMap<StoredRecord, MemoryNode>()

  constructor(store: ReferenceStore) {
    super()
    this.store = store
  }

  get dimensions(): number {
    return this.store.dimensions
  }
  get embeddingModel(): EmbeddingModel | undefined {
    return this.store.embeddingModel
  }

  protected visible(table: RecordTable, scope: ResolvedScope): readonly StoredRecord[] {
    return table.records.filter(({ owner }) => isInScope(owner, scope))
  }

  protected node(record: StoredRecord): MemoryNode {
    return { ...readNode(record.text), ...record.owner, clusterId: record.clusterId }
  }

  protected matching(scope: ResolvedScope, filter: ResolvedFilter | undefined): readonly StoredRecord[] {
    const records = this.visible(this.store.nodes, scope)
    return filter ? records.filter((record) => matchesFilter(this.#parse(record), filter)) : records
  }

  #parse(record: StoredRecord): MemoryNode {
    const node = this.#parsed.get(record) ?? this.node(record)
    this.#parsed.set(record, node)
    return node
  }

  protected scan<T>(
    records: readonly StoredRecord[],
    request: ResolvedScan,
    read: (record: StoredRecord) => T,
  ): PositionedBatch<T> | undefined {
    const batch = records.filter(({ position }) => position > request.after).slice(0, request.batchSize)
    const last = batch.at(-1)
    return last && { records: batch.map(read), position: last.position, ...vectorsOf(batch, request) }
  }

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
  protected async _scanNodes(scope: ResolvedScope, request: ResolvedScan, _context: CallContext) {
    return this.scan(this.matching(scope, request.filter), request, (record) => this.node(record))
  }
  protected async _vectorSearch(scope: ResolvedScope, query: Float32Array, search: ResolvedSearch) {
    return rankByCosine(query, this.matching(scope, search.filter), search).map(({ record, score }) => ({
      node: this.node(record),
      score,
    }))
  }
  protected override async _keywordSearch(scope: ResolvedScope, text: string, search: ResolvedSearch) {
    const nodes = this.matching(scope, search.filter).map((record) => this.node(record))
    const all = this.matching(scope, undefined).map((record) => this.node(record))
    return rankByWords(text, all)
      .filter(({ node }) => nodes.some(({ id }) => id === node.id))
      .slice(0, search.topK)
  }
  protected async _explainSearch(scope: ResolvedScope, _query: Float32Array, search: ResolvedSearch) {
    const rowsInScope = this.visible(this.store.nodes, scope).length
    const rowsScored = this.matching(scope, search.filter).filter(({ embedding }) => embedding).length
    return { strategy: 'exact' as const, rowsInScope, rowsScored, exact: true }
  }
  protected async _getEmbeddings(scope: ResolvedScope) {
    return matrixOf(this.visible(this.store.nodes, scope), this.dimensions)
  }
  protected async _getClusterIds(scope: ResolvedScope) {
    return this.visible(this.store.nodes, scope).map(({ clusterId }) => clusterId)
  }

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
    return rankByCosine(query, this.visible(this.store.episodes, scope), search).map(({ record, score }) => ({
      episode: episode(record),
      score,
    }))
  }
  protected async _getEpisodeEmbeddings(scope: ResolvedScope) {
    return matrixOf(this.visible(this.store.episodes, scope), this.dimensions)
  }

  protected async _insertNodes(nodes: readonly NewNode[], onConflict: OnConflict, _context: CallContext) {
    const records = nodes.map(({ record, ...rest }) => ({
      ...rest,
      id: record.id,
      clusterId: record.clusterId,
    }))
    return this.store.nodes.insert(records, onConflict)
  }
  protected async _insertEpisodes(episodes: readonly NewEpisode[], onConflict: OnConflict) {
    const records = episodes.map(({ record, ...rest }) => ({ ...rest, id: record.id, clusterId: null }))
    return this.store.episodes.insert(records, onConflict)
  }
  protected override async _updateNode(scope: ResolvedScope, id: string, patch: ResolvedPatch) {
    const target = this.visible(this.store.nodes, scope).find((record) => record.id === id)
    const { fields, extra, embedding } = patch
    const vector = embedding === undefined ? {} : { embedding: embedding ?? undefined }
    return (
      this.rewrite(
        (record) => record === target,
        (node) => ({ ...node, ...fields, extra: { ...node.extra, ...extra } }),
        vector,
      ) === 1
    )
  }
  protected override async _deleteNodes(scope: ResolvedScope, ids: readonly string[]) {
    return this.store.nodes.remove(({ owner, id }) => ids.includes(id) && isInScope(owner, scope))
  }
  protected override async _deleteEpisodes(scope: ResolvedScope, ids: readonly string[]) {
    return this.store.episodes.remove(({ owner, id }) => ids.includes(id) && isInScope(owner, scope))
  }
  protected override async _deleteScope(scope: ResolvedScope) {
    const isGone = ({ owner }: StoredRecord) => isInScope(owner, scope)
    return this.store.nodes.remove(isGone) + this.store.episodes.remove(isGone)
  }
  /** Where a user sees an id more than once, changes are to the record that reads give: the first. */
  protected firstOfEach(scope: ResolvedScope, ids: readonly string[]): ReadonlySet<StoredRecord> {
    const seen = this.visible(this.store.nodes, scope)
    return new Set(ids.flatMap((id) => seen.find((record) => record.id === id) ?? []))
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
        const { clusterId = null, label, confidence } = byId.get(node.id) ?? {}
        return {
          ...node,
          clusterId,
          ...(label === undefined ? {} : { clusterLabel: label }),
          ...(confidence === undefined ? {} : { clusterConfidence: confidence }),
        }
      },
    )
  }

  protected rewrite(
    isMeant: (record: StoredRecord) => boolean,
    change: (node: MemoryNode) => MemoryNode,
    vector: { readonly embedding?: Float32Array | undefined } = {},
  ): number {
    return this.store.nodes.change((record) => {
      if (!isMeant(record)) return undefined
      const node = change(this.node(record))
      return {
        ...record,
        embedding: record.embedding,
        ...vector,
        text: formatNode(node),
        clusterId: node.clusterId,
      }
    })
  }

  protected override _adminDriver(): AdminDriver {
    return referenceAdmin(() => this.store)
  }
  protected async _close(): Promise<void> {}
}

function episode(record: StoredRecord) {
  return { ...readEpisode(record.text), ...record.owner }
}

function vectorsOf(batch: readonly StoredRecord[], { withEmbeddings }: ResolvedScan) {
  return withEmbeddings ? { embeddings: batch.map(({ embedding }) => embedding?.slice()) } : {}
}
