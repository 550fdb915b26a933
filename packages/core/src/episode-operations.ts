import { checkChoice, checkOptions, checkString, checkStrings } from './check-arguments.js'
import { encodeCursor } from './cursor.js'
import type { EmbeddingMatrix } from './embedding-vector.js'
import type { EpisodicMemory, EpisodicMemoryInput } from './episodic-memory.js'
import { parseEpisodicMemory } from './episodic-memory.js'
import { MemoryError } from './memory-error.js'
import { type NewEpisode, prepareRecords } from './new-record.js'
import { NodeReads } from './node-reads.js'
import { formatEpisode } from './record-text.js'
import type * as Requests from './requests.js'
import { onConflictModes } from './requests.js'
import { resolvePage, resolveScan, resolveSearch } from './resolve-options.js'
import type { ResolvedScope, Scope } from './scope.js'

/** The scoped operations on episodes: the same set as for nodes, without filters. */
export abstract class EpisodeOperations extends NodeReads {
  protected abstract _getEpisode(
    scope: ResolvedScope,
    id: string,
    context: Requests.CallContext,
  ): Promise<EpisodicMemory | undefined>
  protected abstract _getEpisodes(
    scope: ResolvedScope,
    page: Requests.ResolvedPage,
    context: Requests.CallContext,
  ): Promise<EpisodicMemory[]>
  protected abstract _countEpisodes(scope: ResolvedScope, context: Requests.CallContext): Promise<number>
  protected abstract _scanEpisodes(
    scope: ResolvedScope,
    request: Requests.ResolvedScan,
    context: Requests.CallContext,
  ): Promise<Requests.PositionedBatch<EpisodicMemory> | undefined>
  protected abstract _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    search: Requests.ResolvedSearch,
    context: Requests.CallContext,
  ): Promise<Requests.ScoredEpisode[]>
  protected abstract _getEpisodeEmbeddings(
    scope: ResolvedScope,
    context: Requests.CallContext,
  ): Promise<EmbeddingMatrix>
  /** All or nothing; the ids of one owner are distinct within the batch. */
  protected abstract _insertEpisodes(
    episodes: readonly NewEpisode[],
    onConflict: Requests.OnConflict,
    context: Requests.CallContext,
  ): Promise<Requests.InsertResult>

  protected _deleteEpisodes(
    _scope: ResolvedScope,
    _ids: readonly string[],
    _context: Requests.CallContext,
  ): Promise<number> {
    return Promise.reject(new MemoryError('NOT_SUPPORTED'))
  }

  /** The episode with this id, or `undefined` when the scope has none. */
  getEpisode(
    scope: Scope,
    id: string,
    options: Requests.CallOptions = {},
  ): Promise<EpisodicMemory | undefined> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      checkString(id, 'id')
      const allowed = this.authorize(scope, 'getEpisode')
      return allowed && this._getEpisode(allowed, id, { signal: options.signal })
    })
  }

  /** The episodes of the scope in insertion order. */
  getEpisodes(scope: Scope, options: Omit<Requests.PageOptions, 'filter'> = {}): Promise<EpisodicMemory[]> {
    return this.run(options, async () => {
      checkOptions(options, ['limit', 'offset', 'signal'])
      const page = resolvePage(options)
      const allowed = this.authorize(scope, 'getEpisodes')
      if (!allowed || page.limit === 0) return []
      return this._getEpisodes(allowed, page, { signal: options.signal })
    })
  }

  /** How many episodes the scope has. */
  countEpisodes(scope: Scope, options: Requests.CallOptions = {}): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const allowed = this.authorize(scope, 'countEpisodes')
      return allowed ? this._countEpisodes(allowed, { signal: options.signal }) : 0
    })
  }

  /** All episodes of the scope, batch by batch; see `scanNodes`. */
  async *scanEpisodes(
    scope: Scope,
    options: Omit<Requests.ScanOptions, 'filter'> = {},
  ): AsyncGenerator<Requests.EpisodeBatch> {
    let request = await this.run(options, async () => {
      checkOptions(options, ['batchSize', 'after', 'withEmbeddings', 'signal'])
      return resolveScan(options)
    })
    const context = { signal: options.signal }
    const allowed = await this.run(options, async () => this.authorize(scope, 'scanEpisodes'))
    while (allowed) {
      const batch = await this.run(options, () => this._scanEpisodes(allowed, request, context))
      if (batch === undefined) return
      request = { ...request, after: batch.position }
      yield {
        episodes: batch.records,
        ...(batch.embeddings === undefined ? {} : { embeddings: batch.embeddings }),
        cursor: encodeCursor(batch.position),
      }
    }
  }

  /** The episodes most similar to the query; scores, order and errors as `vectorSearch`. */
  searchEpisodes(
    query: Float32Array | readonly number[],
    scope: Scope,
    options: Omit<Requests.VectorSearchOptions, 'filter'> = {},
  ): Promise<Requests.ScoredEpisode[]> {
    return this.run(options, async () => {
      checkOptions(options, ['topK', 'minScore', 'exact', 'signal'])
      const search = resolveSearch(options)
      const vector = this.checkQuery(query)
      const allowed = this.authorize(scope, 'searchEpisodes')
      if (!allowed || !vector || search.topK === 0) return []
      return this._searchEpisodes(allowed, vector, search, { signal: options.signal })
    })
  }

  /** All episode vectors of the scope in `getEpisodes` order; `nodeIds` holds episode ids. */
  getEpisodeEmbeddings(scope: Scope, options: Requests.CallOptions = {}): Promise<EmbeddingMatrix> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const allowed = this.authorize(scope, 'getEpisodeEmbeddings')
      return allowed ? this._getEpisodeEmbeddings(allowed, { signal: options.signal }) : this.emptyMatrix()
    })
  }

  /** Stores episodes, all or nothing; owner, ids and errors as `insertNodes`. */
  insertEpisodes(
    episodes: readonly EpisodicMemoryInput[],
    options: Requests.InsertOptions = {},
  ): Promise<Requests.InsertResult> {
    return this.run(options, async () => {
      checkOptions(options, ['onConflict', 'signal'])
      const { onConflict: mode = 'error' } = options
      const onConflict = checkChoice(mode, 'onConflict', onConflictModes)
      const now = new Date()
      const records = prepareRecords(episodes, this.dimensions, (input) => {
        const { embedding, ...episode } = parseEpisodicMemory(input, { now })
        return { record: episode, embedding, text: formatEpisode(episode) }
      })
      if (records.length === 0) return { inserted: 0, replaced: 0, ignored: 0 }
      return this._insertEpisodes(records, onConflict, { signal: options.signal })
    })
  }

  /** Deletes episodes by id and says how many there were. Ids that the scope does not have are passed over. */
  deleteEpisodes(scope: Scope, ids: readonly string[], options: Requests.CallOptions = {}): Promise<number> {
    return this.run(options, async () => {
      checkOptions(options, ['signal'])
      const wanted = [...new Set(checkStrings(ids, 'ids'))]
      this.require('delete', 'deleteEpisodes')
      const allowed = this.authorize(scope, 'deleteEpisodes')
      if (!allowed || wanted.length === 0) return 0
      return this._deleteEpisodes(allowed, wanted, { signal: options.signal })
    })
  }
}
