import { type EmbeddingModel, MemoryError, type Scope } from '@holdfast/core'
import type { OnProgress } from './migration-progress.js'
import type { MigrationStore } from './migration-store.js'
import { defaultBatchSize, type SourceSurvey, surveySource } from './survey-source.js'
import { UnownedRecordsError } from './unowned-records-error.js'

/** What to do about records without an owner, which no scope sees and no target takes. */
export const unownedModes = ['reject', 'skip'] as const
export type UnownedMode = (typeof unownedModes)[number]

export interface CopyOptions {
  readonly from: MigrationStore
  readonly to: MigrationStore
  /** Copies only what this scope sees; the target need only be empty in this scope. Default: everything. */
  readonly scope?: Scope
  /** `reject` (default) throws when there are any, before anything is written; `skip` leaves them out. */
  readonly unowned?: UnownedMode
  /**
   * Goes on with a copy that was interrupted: what the target has already is left as it is. Compare afterwards with
   * `verifyMemories`, since this does not look whether it is the same. Default false: the target must be empty.
   */
  readonly resume?: boolean
  /** Records read at a time, 1 to 10,000; a few batches are written together, all or nothing. Default 1000. */
  readonly batchSize?: number
  /** What `surveySource` found with the same scope; saves reading the source once more. */
  readonly source?: SourceSurvey
  /** Checks everything and writes nothing. Default false. */
  readonly dryRun?: boolean
  readonly onProgress?: OnProgress
  /** Stops with the signal's reason; `resume` goes on from there. */
  readonly signal?: AbortSignal
}

export interface CopyResult {
  /** What was to be copied. */
  readonly source: SourceSurvey
  /** Records written; in a dry run, records that would have been sent. */
  readonly copied: number
  /** Records the target had already. Only with `resume`; not known in a dry run. */
  readonly alreadyThere: number
}

/**
 * Copies every node and episode with texts, vectors, order, owners and clusters unchanged, in bounded memory.
 * @throws {UnownedRecordsError} with `unowned: 'reject'`.
 * @throws {MemoryError} before anything is written: `CONFLICT` when the target is not empty, `DIMENSION_MISMATCH` and
 * `EMBEDDING_MISMATCH` when the target is made for other vectors, and what reading the source throws.
 */
export async function copyMemories(options: CopyOptions): Promise<CopyResult> {
  const { from, to, unowned = 'reject', resume = false, dryRun = false, onProgress, signal } = options
  if (from === to) throw new TypeError('from and to are the same store')
  checkVectors(from, to)
  if (!resume) await checkEmpty(to, options.scope)
  const source = options.source ?? (await surveySource(options))
  if (unowned === 'reject' && source.unowned.count > 0) throw new UnownedRecordsError(source.unowned)
  const total = source.nodes + source.episodes
  if (dryRun) return { source, copied: total, alreadyThere: 0 }

  signal?.throwIfAborted()
  if (from.embeddingModel !== undefined && to.embeddingModel === undefined) {
    await to.admin.setEmbeddingModel(from.embeddingModel)
  }
  let copied = 0
  let alreadyThere = 0
  onProgress?.({ phase: 'copy', done: 0, total })
  const importing = to.admin.importAll(ownedBatches(options), {
    onConflict: resume ? 'ignore' : 'error',
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const result of importing) {
    copied += result.inserted
    alreadyThere += result.ignored
    onProgress?.({ phase: 'copy', done: copied + alreadyThere, total })
  }
  return { source, copied, alreadyThere }
}

async function* ownedBatches({ from, scope, batchSize = defaultBatchSize, signal }: CopyOptions) {
  const batches = from.admin.exportAll({
    batchSize,
    ...(scope === undefined ? {} : { scope }),
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const { kind, records } of batches) {
    const owned = records.filter(({ owner }) => owner !== undefined)
    if (owned.length > 0) yield { kind, records: owned }
  }
}

function checkVectors(from: MigrationStore, to: MigrationStore): void {
  if (from.dimensions !== undefined && to.dimensions !== undefined && from.dimensions !== to.dimensions) {
    throw new MemoryError(
      'DIMENSION_MISMATCH',
      `the source has vectors of ${from.dimensions} dimensions, the target is made for ${to.dimensions}`,
    )
  }
  const [source, target] = [from.embeddingModel, to.embeddingModel]
  if (source !== undefined && target !== undefined && describe(source) !== describe(target)) {
    throw new MemoryError(
      'EMBEDDING_MISMATCH',
      `the source's vectors come from ${describe(source)}, the target's from ${describe(target)}`,
    )
  }
}

function describe({ provider, model, dimensions }: EmbeddingModel): string {
  return `${provider} ${model} (${dimensions} dimensions)`
}

async function checkEmpty(to: MigrationStore, scope: Scope | undefined): Promise<void> {
  const anything = to.admin.exportAll({ batchSize: 1, ...(scope === undefined ? {} : { scope }) })
  for await (const { records } of anything) {
    if (records.length === 0) continue
    throw new MemoryError(
      'CONFLICT',
      'the target is not empty; to go on with a copy that was interrupted, resume it (--resume)',
    )
  }
}
