import { createHash } from 'node:crypto'
import type { BackendCapabilities } from './backend-capabilities.js'
import { checkBoolean, checkChoice, checkOptions } from './check-arguments.js'
import { checkEmbeddingModel } from './check-embedding-model.js'
import type { EmbeddingModel } from './embedding-vector.js'
import { exportCursor, exportStart } from './export-cursor.js'
import type { ExportBatch, ExportedRecord, ImportedBatch, RecordKind } from './exported-record.js'
import { fingerprintLine } from './fingerprint-line.js'
import { checkedBatch, type ImportGroup } from './import-groups.js'
import { importInGroups } from './import-in-groups.js'
import {
  type MaintainOptions,
  type MaintainReport,
  type ResolvedMaintain,
  resolveMaintain,
} from './maintain.js'
import { MemoryError } from './memory-error.js'
import type { NewEpisode, NewNode } from './new-record.js'
import {
  type CallContext,
  type CallOptions,
  type InsertOptions,
  type InsertResult,
  type OnConflict,
  onConflictModes,
} from './requests.js'
import { checkBatchSize } from './resolve-options.js'
import { type ResolvedScope, resolveScope, type Scope } from './scope.js'

/** A scope that sees something, and how much. */
export interface ScopeSummary {
  readonly scope: Scope
  readonly nodes: number
  readonly episodes: number
}

/** What a store holds, in one line: equal fingerprints mean equal records, order, owners and vector bits. */
export interface Fingerprint {
  readonly nodes: number
  readonly episodes: number
  readonly vectors: number
  /** Hex. Over each record's kind, owner, cluster, text without layout and vector, in order. */
  readonly sha256: string
}

export interface ExportOptions extends CallOptions {
  /** The `cursor` of an earlier batch. */
  readonly after?: string
  /** Records a batch, 1 to 10,000. Default 256. */
  readonly batchSize?: number
  /** Only what this scope sees. Default: everything, unowned records too. */
  readonly scope?: Scope
}

export interface FingerprintOptions extends CallOptions {
  readonly scope?: Scope
  /** Leaves records without an owner out. Default false. */
  readonly ownedOnly?: boolean
}

/** What a backend implements for its operators. */
export interface AdminDriver {
  listScopes(context: CallContext): Promise<readonly ScopeSummary[]>
  /** The next records after `after` in insertion order, or `undefined`. */
  exportRecords(
    request: {
      readonly kind: RecordKind
      readonly after: number
      readonly batchSize: number
      readonly scope: ResolvedScope | undefined
    },
    context: CallContext,
  ): Promise<{ readonly records: readonly ExportedRecord[]; readonly position: number } | undefined>
  importNodes(
    nodes: readonly NewNode[],
    onConflict: 'error' | 'ignore' | 'replace',
    context: CallContext,
  ): Promise<InsertResult>
  importEpisodes(
    episodes: readonly NewEpisode[],
    onConflict: 'error' | 'ignore' | 'replace',
    context: CallContext,
  ): Promise<InsertResult>
  setEmbeddingModel(model: EmbeddingModel): Promise<void>
  verify?(context: CallContext): Promise<VerifyReport>
  stats?(context: CallContext): Promise<StoreStats>
  compact?(context: CallContext): Promise<void>
  maintain?(request: ResolvedMaintain, context: CallContext): Promise<MaintainReport>
}

/** What `admin.verify` found; `problems` is empty when all is well. */
export interface VerifyReport {
  readonly problems: readonly string[]
}

/** Counts of a whole store. */
export interface StoreStats {
  readonly nodes: number
  readonly episodes: number
  readonly unowned: number
  readonly bytes: number
}

type Run = <T>(options: CallOptions, operation: () => Promise<T>) => Promise<T>

/** What the object needs of its backend, which is still being constructed: nothing is read before a call. */
export interface AdminHost {
  readonly run: Run
  readonly dimensions: () => number | undefined
  readonly capabilities: () => BackendCapabilities
}

/**
 * The cross-scope operations, for the migrator and operators. Code that is handed a scoped memory never sees this
 * object.
 */
export class BackendAdmin {
  readonly #driver: AdminDriver
  readonly #host: AdminHost

  constructor(driver: AdminDriver, host: AdminHost) {
    this.#driver = driver
    this.#host = host
  }

  /** Every tenant and every user that sees something; tenants first, each kind in code unit order. */
  listScopes(options: CallOptions = {}): Promise<readonly ScopeSummary[]> {
    return this.#run(options, (context) => this.#driver.listScopes(context))
  }

  /** Every node, then every episode, in insertion order and bounded memory. */
  async *exportAll(options: ExportOptions = {}): AsyncGenerator<ExportBatch> {
    const request = await this.#host.run(options, async () => {
      checkOptions(options, ['after', 'batchSize', 'scope', 'signal'])
      const { scope, ...rest } = options
      const allowed = scope === undefined ? undefined : resolveScope(scope)
      const seesNothing = scope !== undefined && allowed === undefined
      const batchSize = checkBatchSize(rest.batchSize)
      return { ...exportStart(rest.after), batchSize, scope: allowed, seesNothing }
    })
    const { batchSize, scope, seesNothing } = request
    if (seesNothing) return
    let { kind, after } = request
    for (;;) {
      const batch = await this.#host.run(options, () =>
        this.#driver.exportRecords({ kind, after, batchSize, scope }, { signal: options.signal }),
      )
      if (batch !== undefined) {
        after = batch.position
        yield { kind, records: batch.records, cursor: exportCursor(kind, after) }
      } else if (kind === 'nodes') {
        kind = 'episodes'
        after = 0
      } else return
    }
  }

  /**
   * Stores a batch of an export, all or nothing, texts and vectors unchanged. White space before and after a text is
   * no part of the record: the file backend does not keep it.
   * @throws {MemoryError} `SCOPE_REQUIRED` when the batch holds a record without an owner, `SCOPE_MISMATCH` when its
   * owner is another one than its text names; otherwise as an insert.
   */
  importBatch(batch: ImportedBatch, options: InsertOptions = {}): Promise<InsertResult> {
    return this.#host.run(options, async () => {
      const { onConflict, signal } = importOptions(options)
      return this.#store(checkedBatch(batch, this.#host.dimensions()), onConflict, signal)
    })
  }

  /**
   * Stores the batches of an export, as {@link importBatch} each, in order. Some that come one after the other are stored
   * together, up to 16 and about 16 MB of texts and vectors, and while they are, the next ones are read and checked.
   *
   * Yields what was done as soon as it is stored. When it throws, nothing is stored but what it has yielded, unless the
   * error says that nobody knows; so it can be repeated with `onConflict: 'ignore'`. Likewise when the caller stops.
   * @throws what reading the batches throws, after what came before is stored; {MemoryError} as {@link importBatch}. An
   * error of the store and an aborted signal do not wait for a source that does not answer.
   */
  async *importAll(
    batches: AsyncIterable<ImportedBatch> | Iterable<ImportedBatch>,
    options: InsertOptions = {},
  ): AsyncGenerator<InsertResult> {
    const { onConflict, signal } = await this.#host.run(options, async () => importOptions(options))
    yield* importInGroups(batches, {
      dimensions: this.#host.dimensions,
      store: (group) => this.#host.run(options, () => this.#store(group, onConflict, signal)),
      signal,
    })
  }

  /** Counts and hashes the store, or one scope of it, from an export. */
  async fingerprint(options: FingerprintOptions = {}): Promise<Fingerprint> {
    checkOptions(options, ['scope', 'ownedOnly', 'signal'])
    const { signal, scope, ownedOnly = false } = options
    checkBoolean(ownedOnly, 'ownedOnly')
    const hash = createHash('sha256')
    const counts = { nodes: 0, episodes: 0, vectors: 0 }
    const exported = this.exportAll({
      ...(signal === undefined ? {} : { signal }),
      ...(scope === undefined ? {} : { scope }),
    })
    for await (const { kind, records } of exported) {
      for (const record of records) {
        if (ownedOnly && record.owner === undefined) continue
        counts[kind] += 1
        if (record.embedding !== undefined) counts.vectors += 1
        for (const part of fingerprintLine(kind, record)) hash.update(part)
      }
    }
    return { ...counts, sha256: hash.digest('hex') }
  }

  /**
   * Names the model that the vectors come from, or will.
   * @throws {MemoryError} `EMBEDDING_MISMATCH` when the store has another one.
   */
  setEmbeddingModel(model: EmbeddingModel): Promise<void> {
    return this.#host.run({}, async () => this.#driver.setEmbeddingModel(checkEmbeddingModel(model)))
  }

  /** Reads everything and says what contradicts itself. */
  verify(options: CallOptions = {}): Promise<VerifyReport> {
    return this.#run(options, (context) => supported('verify', this.#maintenance.verify?.(context)))
  }

  /** Counts and sizes of the whole store. */
  stats(options: CallOptions = {}): Promise<StoreStats> {
    return this.#run(options, (context) => supported('stats', this.#maintenance.stats?.(context)))
  }

  /** Gives space back and brings the store into the form that is fastest to open. */
  compact(options: CallOptions = {}): Promise<void> {
    return this.#run(options, (context) => supported('compact', this.#maintenance.compact?.(context)))
  }

  /**
   * Brings the approximate indexes into line with the data: builds them for large owners, checks each against the true
   * nearest before it is used, and drops those that are broken or no longer worth their cost. Searches and writes go on
   * meanwhile. Never happens by itself. What was done before an abort stays; the next run goes on from there.
   * @throws {MemoryError} `LOCKED` when another process is at it, `NOT_SUPPORTED` when there is nothing to maintain.
   */
  maintain(options: MaintainOptions = {}): Promise<MaintainReport> {
    return this.#host.run(options, async () => {
      const request = resolveMaintain(options)
      const driver: Pick<AdminDriver, 'maintain'> = this.#host.capabilities().approximateSearch
        ? this.#driver
        : {}
      return supported('maintain', driver.maintain?.(request, { signal: options.signal }))
    })
  }

  async #store(
    { nodes, episodes }: ImportGroup,
    onConflict: OnConflict,
    signal: AbortSignal | undefined,
  ): Promise<InsertResult> {
    if (nodes.length > 0) return this.#driver.importNodes(nodes, onConflict, { signal })
    if (episodes.length > 0) return this.#driver.importEpisodes(episodes, onConflict, { signal })
    return { inserted: 0, replaced: 0, ignored: 0 }
  }

  #run<T>(options: CallOptions, operation: (context: CallContext) => Promise<T>): Promise<T> {
    return this.#host.run(options, async () => {
      checkOptions(options, ['signal'])
      return operation({ signal: options.signal })
    })
  }

  get #maintenance(): Pick<AdminDriver, 'verify' | 'stats' | 'compact'> {
    return this.#host.capabilities().maintenance ? this.#driver : {}
  }
}

function importOptions(options: InsertOptions): {
  readonly onConflict: OnConflict
  readonly signal: AbortSignal | undefined
} {
  checkOptions(options, ['onConflict', 'signal'])
  const { onConflict = 'error', signal } = options
  return { onConflict: checkChoice(onConflict, 'onConflict', onConflictModes), signal }
}

function supported<T>(operation: string, result: T | undefined): T {
  if (result === undefined) {
    throw new MemoryError('NOT_SUPPORTED', `admin.${operation} is not supported by this backend`)
  }
  return result
}
