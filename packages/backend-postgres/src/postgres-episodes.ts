import {
  type CallContext,
  type EmbeddingMatrix,
  type EpisodicMemory,
  type InsertResult,
  MemoryBackend,
  MemoryError,
  type MemoryNode,
  type NewEpisode,
  type NewNode,
  type OnConflict,
  type PositionedBatch,
  type ResolvedPage,
  type ResolvedScan,
  type ResolvedScope,
  type ResolvedSearch,
  type ScoredEpisode,
} from '@holdfast/core'
import { type Access, accessOf, accessOfOwner } from './connection/access.js'
import type { Session, Settings } from './connection/session.js'
import { deleteRecords } from './records/delete-records.js'
import { insertRecords } from './records/insert-records.js'
import { countRows, readMatrix, scanBatch, selectRows } from './records/read-records.js'
import { episodeKind, type RecordKindOf } from './records/record-kind.js'
import type { Scored } from './records/records-at.js'
import { searchRecords } from './records/search-records.js'
import type { ResolvedOpenOptions } from './resolve-open-options.js'
import { searchPath } from './search/search-path.js'
import { forCall, reading, type Store, writing } from './store.js'

/** One transaction of one call. */
type Step<T> = (session: Session, store: Store, access: Access) => Promise<T>

/** How a call becomes a transaction, and the operations on episodes. */
export abstract class PostgresEpisodes extends MemoryBackend {
  protected readonly store: Store
  protected readonly readOnly: boolean

  protected constructor(
    store: Store,
    { logger, readOnly }: Pick<ResolvedOpenOptions, 'logger' | 'readOnly'>,
  ) {
    super(logger)
    this.store = store
    this.readOnly = readOnly
  }

  /** @throws {MemoryError} `NOT_SUPPORTED` when the backend was opened read-only. */
  protected get writableStore(): Store {
    if (this.readOnly) throw new MemoryError('NOT_SUPPORTED', 'the backend was opened read-only')
    return this.store
  }

  /** @param settings for the transaction. */
  protected read<T>(
    scope: ResolvedScope,
    context: CallContext,
    step: Step<T>,
    settings: Settings = [],
  ): Promise<T> {
    const access = accessOf(scope)
    const options = { ...forCall(access, context), settings }
    return reading(this.store, options, (session) => step(session, this.store, access))
  }

  protected searchBy<T extends MemoryNode | EpisodicMemory>(
    kind: RecordKindOf<T>,
    scope: ResolvedScope,
    query: Float32Array,
    search: ResolvedSearch,
    context: CallContext,
  ): Promise<readonly Scored<T>[]> {
    const request = { store: this.store, kind, access: accessOf(scope), query, search, isAlone: true }
    const path = searchPath(request)
    return this.read(scope, context, (session) => searchRecords(session, request, path), path.settings)
  }

  protected async write<T>(scope: ResolvedScope, context: CallContext, step: Step<T>): Promise<T> {
    const store = this.writableStore
    const access = accessOf(scope)
    return writing(store, forCall(access, context), (session) => step(session, store, access))
  }

  /** Inserts name their owners record by record; with row level security each owner's part runs as that owner. */
  protected async insert<T>(
    records: readonly (NewNode | NewEpisode)[],
    context: CallContext,
    step: (session: Session, store: Store, perOwner: boolean) => Promise<T>,
  ): Promise<T> {
    const store = this.writableStore
    const owner = records[0]?.owner
    if (owner === undefined) throw new RangeError('there is nothing to insert')
    return writing(store, forCall(accessOfOwner(owner), context), (session) =>
      step(session, store, store.roles !== undefined),
    )
  }

  protected _getEpisode(
    scope: ResolvedScope,
    id: string,
    context: CallContext,
  ): Promise<EpisodicMemory | undefined> {
    return this.read(scope, context, async (session, store, access) => {
      const [found] = await selectRows(session, store, episodeKind, { access, id, limit: 1 })
      return found && episodeKind.read(found.row)
    })
  }

  protected _getEpisodes(
    scope: ResolvedScope,
    { limit, offset }: ResolvedPage,
    context: CallContext,
  ): Promise<EpisodicMemory[]> {
    return this.read(scope, context, async (session, store, access) => {
      const rows = await selectRows(session, store, episodeKind, { access, limit, offset })
      return rows.map(({ row }) => episodeKind.read(row))
    })
  }

  protected _countEpisodes(scope: ResolvedScope, context: CallContext): Promise<number> {
    return this.read(scope, context, (session, store, access) =>
      countRows(session, store, episodeKind, { access }),
    )
  }

  protected _scanEpisodes(
    scope: ResolvedScope,
    { batchSize: limit, after, withEmbeddings }: ResolvedScan,
    context: CallContext,
  ): Promise<PositionedBatch<EpisodicMemory> | undefined> {
    return this.read(scope, context, (session, store, access) =>
      scanBatch(session, store, episodeKind, { access, limit, after, withEmbeddings }),
    )
  }

  protected async _searchEpisodes(
    scope: ResolvedScope,
    query: Float32Array,
    { topK, minScore, exact }: ResolvedSearch,
    context: CallContext,
  ): Promise<ScoredEpisode[]> {
    const search = { topK, minScore, exact, filter: undefined }
    const found = await this.searchBy(episodeKind, scope, query, search, context)
    return found.map(({ record, score }) => ({ episode: record, score }))
  }

  protected _getEpisodeEmbeddings(scope: ResolvedScope, context: CallContext): Promise<EmbeddingMatrix> {
    return this.read(scope, context, (session, store, access) =>
      readMatrix(session, store, episodeKind, access),
    )
  }

  protected _insertEpisodes(
    records: readonly NewEpisode[],
    onConflict: OnConflict,
    context: CallContext,
  ): Promise<InsertResult> {
    return this.insert(records, context, (session, store, perOwner) =>
      insertRecords(session, store, { kind: episodeKind, records, onConflict, perOwner, nodeColumns: false }),
    )
  }

  protected override _deleteEpisodes(
    scope: ResolvedScope,
    ids: readonly string[],
    context: CallContext,
  ): Promise<number> {
    return this.write(scope, context, (session, store, access) =>
      deleteRecords(session, store, episodeKind, access, ids),
    )
  }
}
