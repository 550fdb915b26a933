import { type MemoryBackend, MemoryError } from '@holdfast/core'
import type { CommandContext } from './command-context.js'
import { type CopyCommandOptions, scopeOf, storesOf } from './command-options.js'
import { type CopyOptions, type CopyResult, copyMemories } from './copy-memories.js'
import { isInside, isVacant, type StoreReference } from './store-reference.js'
import { type SourceSurvey, surveySource } from './survey-source.js'
import { UnownedRecordsError } from './unowned-records-error.js'
import { UsageError } from './usage-error.js'
import { type VerifyResult, verifyMemories } from './verify-memories.js'
import { withStore } from './with-store.js'

/** What `copy` did. */
export interface CopyReport {
  readonly command: 'copy'
  readonly ok: boolean
  readonly from: string
  readonly to: string
  readonly dryRun: boolean
  readonly source: SourceSurvey
  readonly copied: number
  readonly alreadyThere: number
  /** Absent in a dry run. */
  readonly comparison?: VerifyResult
}

/**
 * `copy`: reads through the source, copies, and compares. The target is opened last, so that a copy that is refused
 * for what the source holds leaves no empty store behind.
 */
export async function runCopy(options: CopyCommandOptions, context: CommandContext): Promise<CopyReport> {
  const { signal, logger, onProgress } = context
  const scope = scopeOf(options)
  const { from, to } = await storesOf(options)
  if (isInside(to, from)) throw new UsageError('the target lies inside the directory of the source')
  const { unowned, batchSize, dryRun = false, resume = false } = options
  return withStore(from, { readOnly: true, create: false, logger }, async (source) => {
    const shared = { batchSize, onProgress, signal, ...(scope === undefined ? {} : { scope }) }
    const survey = await surveySource({ ...shared, from: source })
    if (unowned === 'reject' && survey.unowned.count > 0) throw new UnownedRecordsError(survey.unowned)
    signal.throwIfAborted()
    const done = await withTarget(to, source, { dryRun, logger: context.logger }, (target) =>
      copyAndCompare(target, survey, { ...shared, from: source, unowned, resume, dryRun }),
    )
    return { command: 'copy', from: from.shown, to: to.shown, dryRun, ...done }
  })
}

type Outcome = Pick<CopyReport, 'ok' | 'comparison'> & CopyResult

async function copyAndCompare(
  to: MemoryBackend | undefined,
  source: SourceSurvey,
  options: Omit<CopyOptions, 'to'>,
): Promise<Outcome> {
  if (to === undefined) return { ok: true, source, copied: source.nodes + source.episodes, alreadyThere: 0 }
  const result = await copyMemories({ ...options, to, source })
  if (options.dryRun) return { ok: true, ...result }
  const { from, scope, unowned, batchSize, onProgress, signal } = options
  const comparison = await verifyMemories({
    from,
    to,
    source,
    ...(scope === undefined ? {} : { scope }),
    ...(unowned === undefined ? {} : { unowned }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { ok: comparison.equal, ...result, comparison }
}

/** Opens the target, made for the source's vectors. A dry run makes none: it gets `undefined` where there is none. */
async function withTarget<T>(
  reference: StoreReference,
  source: MemoryBackend,
  { dryRun, logger }: { readonly dryRun: boolean; readonly logger: CommandContext['logger'] },
  use: (target: MemoryBackend | undefined) => Promise<T>,
): Promise<T> {
  const { dimensions, embeddingModel } = source
  const options = {
    logger,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(embeddingModel === undefined ? {} : { embeddingModel }),
  }
  if (!dryRun) return withStore(reference, options, use)
  if (reference.directory !== undefined && (await isVacant(reference.directory))) return use(undefined)
  try {
    return await withStore(reference, { ...options, readOnly: true }, use)
  } catch (error) {
    // A database without the tables, or with older ones: a copy would make them.
    if (error instanceof MemoryError && error.code === 'SCHEMA_BEHIND') return use(undefined)
    throw error
  }
}
