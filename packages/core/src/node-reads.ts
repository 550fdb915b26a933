import { BackendLifecycle } from './backend-lifecycle.js'
import { checkOptions, checkString } from './check-arguments.js'
import { centroidsOf, indicesByCluster } from './clusters.js'
import { encodeCursor } from './cursor.js'
import { checkDimensions, defaultDimensions, type EmbeddingMatrix, toFloat32 } from './embedding-vector.js'
import { MemoryError } from './memory-error.js'
import type { MemoryNode } from './memory-node.js'
import { resolveFilter } from './node-filter.js'
import type * as Requests from './requests.js'
import { resolvePage, resolveScan, resolveSearch } from './resolve-options.js'
import type { ResolvedScope, Scope } from './scope.js'

/** The scoped reads of nodes: each public method checks, authorises, and only then asks the backend. */
export abstract class NodeReads extends BackendLifecycle {
  protected abstract _getNode(
    scope: ResolvedScope,
    id: string,
    context: Requests.CallContext,
  ): Promise<MemoryNode | undefined>
  protected abstract _getNodes(
    scope: ResolvedScope,
    page: Requests.ResolvedPage,
    context: Requests.CallContext,
  ): Promise<MemoryNode[]>
  protected abstract _countNodes(
    scope: ResolvedScope,
    filter: Requests.ResolvedPage['filter'],
    context: Requests.CallContext,
  ): Promise<number>
  /** The next batch after `request.after`, in insertion order; `undefined` when nothing is left. */
  protected abstract _scanNodes(
    scope: ResolvedScope,
    request: Requests.ResolvedScan,
    context: Requests.CallContext,
  ): Promise<Requests.PositionedBatch<MemoryNode> | undefined>
  /** The query has a direction and the store's dimensions; `topK` is at least 1. Only vectors in scope are read. */
  protected abstract _vectorSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: Requests.ResolvedSearch,
    context: Requests.CallContext,
  ): Promise<Requests.ScoredNode[]>
  protected abstract _explainSearch(
    scope: ResolvedScope,
    query: Float32Array,
    search: Requests.ResolvedSearch,
    context: Requests.CallContext,
  ): Promise<Requests.SearchPlan>
  protected abstract _getEmbeddings(
    scope: ResolvedScope,
    context: Requests.CallContext,
  ): Promise<EmbeddingMatrix>
  /** The cluster of every node in the scope, in `getNodes` order. */
  protected abstract _getClusterIds(
    scope: ResolvedScope,
    context: Requests.CallContext,
  ): Promise<readonly (number | null)[]>

  protected _keywordSearch(
    _scope: ResolvedScope,
    _text: string,
    _search: Requests.ResolvedSearch,
    _context: Requests.CallContext,
  ): Promise<Requests.ScoredNode[]> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  /** The node with this id, or `undefined` when the scope has none; another scope's node does not exist. */
  getNode(scope: Scope, id: string, options: Requests.CallOptions = {}): Promise<MemoryNode | undefined> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      checkString(id, 'id')
      const allowed = this.authorize(scope, 'getNode')
      return allowed && this._getNode(allowed, id, { signal: options.signal })
    })
  }

  /** The nodes of the scope in insertion order. */
  getNodes(scope: Scope, options: Requests.PageOptions = {}): Promise<MemoryNode[]> {
    return this.run(options, async () => {
      const page = resolvePage(options)
      const allowed = this.authorize(scope, 'getNodes')
      if (!allowed || page.limit === 0) return []
      return this._getNodes(allowed, page, { signal: options.signal })
    })
  }

  /** How many nodes the scope has that pass the filter. */
  countNodes(scope: Scope, options: Requests.FilterOptions = {}): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['filter', 'signal'])
      const filter = resolveFilter(options.filter)
      const allowed = this.authorize(scope, 'countNodes')
      return allowed ? this._countNodes(allowed, filter, { signal: options.signal }) : 0
    })
  }

  /**
   * All nodes of the scope, batch by batch, in bounded memory. A record that is there during the whole scan comes
   * exactly once; one that is added meanwhile may come at the end. `cursor` goes on after its batch, in a later call too.
   */
  async *scanNodes(scope: Scope, options: Requests.ScanOptions = {}): AsyncGenerator<Requests.NodeBatch> {
    let request = await this.run(options, async () => resolveScan(options))
    const context = { signal: options.signal }
    const allowed = await this.run(options, async () => this.authorize(scope, 'scanNodes'))
    while (allowed) {
      const batch = await this.run(options, () => this._scanNodes(allowed, request, context))
      if (batch === undefined) return
      request = { ...request, after: batch.position }
      yield {
        nodes: batch.records,
        ...(batch.embeddings === undefined ? {} : { embeddings: batch.embeddings }),
        cursor: encodeCursor(batch.position),
      }
    }
  }

  /**
   * The nodes most similar to the query. Score = cosine similarity in [-1, 1]; highest first, ties in insertion
   * order. Scope and filter are applied before anything is scored. A query of zeros has no direction and finds nothing.
   * @throws {MemoryError} `DIMENSION_MISMATCH`, `INVALID_EMBEDDING`.
   */
  vectorSearch(
    query: Float32Array | readonly number[],
    scope: Scope,
    options: Requests.VectorSearchOptions = {},
  ): Promise<Requests.ScoredNode[]> {
    return this.run(options, async () => {
      const search = resolveSearch(options)
      const vector = this.checkQuery(query)
      const allowed = this.authorize(scope, 'vectorSearch')
      if (!allowed || !vector || search.topK === 0) return []
      return this._vectorSearch(allowed, vector, search, { signal: options.signal })
    })
  }

  /**
   * The nodes whose questions and answers match the words best, of those that have at least one of them: what a word
   * is says `wordsOf`. Score = BM25 with k1 1.2 and b 0.75 by the statistics of the scope, which a filter does not
   * change; ties in insertion order.
   */
  keywordSearch(
    text: string,
    scope: Scope,
    options: Requests.SearchOptions = {},
  ): Promise<Requests.ScoredNode[]> {
    return this.run(options, async () => {
      checkOptions(options, ['topK', 'filter', 'signal'])
      const search = resolveSearch(options)
      checkString(text, 'text')
      this.require('keywordSearch', 'keywordSearch')
      const allowed = this.authorize(scope, 'keywordSearch')
      if (!allowed || search.topK === 0) return []
      return this._keywordSearch(allowed, text, search, { signal: options.signal })
    })
  }

  /** All vectors of the scope in `getNodes` order; nodes without one are left out. */
  getEmbeddings(scope: Scope, options: Requests.CallOptions = {}): Promise<EmbeddingMatrix> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const allowed = this.authorize(scope, 'getEmbeddings')
      return allowed ? this._getEmbeddings(allowed, { signal: options.signal }) : this.emptyMatrix()
    })
  }

  /** Cluster id → indices into `getNodes(scope)`, clusters in ascending order. `-1` is noise. */
  getClusterInfo(
    scope: Scope,
    options: Requests.CallOptions = {},
  ): Promise<ReadonlyMap<number, readonly number[]>> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const allowed = this.authorize(scope, 'getClusterInfo')
      return indicesByCluster(allowed ? await this._getClusterIds(allowed, { signal: options.signal }) : [])
    })
  }

  /** Cluster id → mean of its vectors in the scope, scaled to unit length. Noise is left out. */
  getClusterCentroids(
    scope: Scope,
    options: Requests.CallOptions = {},
  ): Promise<ReadonlyMap<number, Float32Array>> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const allowed = this.authorize(scope, 'getClusterCentroids')
      const request = { ...resolveScan({}), withEmbeddings: true }
      return centroidsOf((after) =>
        allowed
          ? this._scanNodes(allowed, { ...request, after }, { signal: options.signal })
          : Promise.resolve(undefined),
      )
    })
  }

  /** How `vectorSearch` with the same arguments is answered. */
  explainSearch(
    query: Float32Array | readonly number[],
    scope: Scope,
    options: Requests.VectorSearchOptions = {},
  ): Promise<Requests.SearchPlan> {
    return this.run(options, async () => {
      const search = resolveSearch(options)
      const vector = this.checkQuery(query)
      const allowed = this.authorize(scope, 'explainSearch')
      if (!allowed) return { strategy: 'exact', rowsInScope: 0, rowsScored: 0, exact: true }
      if (!vector || search.topK === 0) {
        const rowsInScope = await this._countNodes(allowed, undefined, { signal: options.signal })
        return { strategy: 'exact', rowsInScope, rowsScored: 0, exact: true }
      }
      return this._explainSearch(allowed, vector, search, { signal: options.signal })
    })
  }

  /** A copy of the query, or `undefined` when it has no direction. */
  protected checkQuery(query: unknown): Float32Array | undefined {
    const vector = toFloat32(query, 'query')
    if (vector === undefined) throw new TypeError('query must be a vector')
    checkDimensions(vector, this.dimensions, 'query')
    return vector.some((component) => component !== 0) ? vector : undefined
  }

  protected emptyMatrix(): EmbeddingMatrix {
    return {
      nodeIds: [],
      rows: 0,
      dimensions: this.dimensions ?? defaultDimensions,
      data: new Float32Array(0),
    }
  }
}
