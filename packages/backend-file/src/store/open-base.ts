import { type Logger, MemoryError, type RecordKind } from '@holdfast/core'
import { foreignFiles } from '../base/check-base.js'
import { type Base, loadBase, readBaseRecord } from '../base/load-base.js'
import { closeAll, openDataFiles } from '../base/open-data-files.js'
import type { IndexCache } from '../cache/index-cache.js'
import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { releaseAll } from '../disk/release-all.js'
import type { ForeignBase, ResolvedOptions } from '../file-backend-options.js'
import { storeOfJournals } from '../journal/journal-store.js'
import { journalNames } from '../journal/read-journals.js'
import { type DataPath, isReadAtOpenOnly, privatePaths } from '../layout/store-paths.js'
import { requireSameModel, type StoreSettings } from '../layout/store-settings.js'
import { SavedCopies } from '../search/saved-copies.js'
import { PublishedBase } from './published-base.js'
import { StoreState } from './store-state.js'

/** The published files of a store, opened and read; the journals are still to be applied. */
export interface OpenedBase {
  readonly state: StoreState
  readonly base: PublishedBase
  readonly saved: Readonly<Record<RecordKind, SavedCopies>>
  /** What the cache does not have yet. */
  readonly unsaved: Base['unsaved']
  readonly generation: number
  /** What another program has changed, and what was therefore read anew. */
  readonly foreign: readonly DataPath[]
}

export interface OpenBaseOptions {
  readonly logger: Logger
  readonly cache: IndexCache
  /** See `FileBackendOptions`. */
  readonly memoryBudget: number
}

/**
 * Reads what is published.
 * @param foreignBase what to do when another program has changed it. A reader that has no journal to apply goes on.
 * @throws {MemoryError} `FOREIGN_BASE`, `CORRUPT`, `SCHEMA_AHEAD`, `CONFLICT`.
 */
export async function openBase(
  files: FileSystem,
  dataDir: string,
  foreignBase: ForeignBase | 'read',
  { logger, cache, memoryBudget }: OpenBaseOptions,
): Promise<OpenedBase> {
  const opened = await openDataFiles(files, dataDir)
  try {
    const found = await readBaseRecord(opened.files)
    const journals = await onDisk(privatePaths.journals, () =>
      journalNames(files, `${dataDir}/${privatePaths.journals}`),
    )
    const store =
      found?.store ??
      (await onDisk(privatePaths.journals, () =>
        storeOfJournals(files, `${dataDir}/${privatePaths.journals}`, journals),
      ))
    // A journal without a record builds on an empty directory.
    const recorded = found?.files ?? (found === undefined && journals.length > 0 ? new Map() : undefined)
    const foreign = recorded ? await foreignFiles(opened.files, recorded) : []
    const mayGoOn = foreignBase === 'adopt' || (foreignBase === 'read' && journals.length === 0)
    if (foreign.length > 0 && !mayGoOn) throw foreignError(foreign)
    if (foreign.length > 0) logger.warn(`another program has changed ${foreign.join(', ')}`)
    const record =
      found && (foreign.length > 0 ? { ...found, positions: undefined, files: undefined } : found)
    const loaded = await loadBase(opened.files, record, logger, cache)
    if (foreign.length > 0) {
      loaded.nodes.skipPositions(found?.positions?.nodes.last ?? 0)
      loaded.episodes.skipPositions(found?.positions?.episodes.last ?? 0)
    }
    // The small files have been read.
    const small = [...opened.files].filter(([path]) => isReadAtOpenOnly(path))
    await releaseAll(small.map(([, { file }]) => file))
    const base = new PublishedBase(opened.files, loaded, {
      store,
      isRecorded: found?.files !== undefined && foreign.length === 0,
    })
    const savedOf = (kind: RecordKind) =>
      new SavedCopies({ files, dataDir, kind, logger, published: () => base.matrix(kind) })
    const saved = { nodes: savedOf('nodes'), episodes: savedOf('episodes') }
    return {
      state: new StoreState(loaded, { budget: memoryBudget, saved, logger }),
      base,
      saved,
      unsaved: loaded.unsaved,
      generation: loaded.generation,
      foreign,
    }
  } catch (error) {
    await closeAll(opened.files)
    throw error
  }
}

function foreignError(foreign: readonly DataPath[]): MemoryError {
  return new MemoryError(
    'FOREIGN_BASE',
    `another program has changed ${foreign.join(', ')} since Holdfast last wrote there. ` +
      "Open the store with foreignBase 'adopt' to go on from that, or with 'restore' to go back",
  )
}

/**
 * Makes sure that a store has the dimensions and the model that were asked for.
 * @throws {MemoryError} `EMBEDDING_MISMATCH`; `DIMENSION_MISMATCH`, naming the option.
 */
export function requireAsked(settings: StoreSettings, { dimensions, embeddingModel }: ResolvedOptions): void {
  if (embeddingModel !== undefined) requireSameModel(settings.embeddingModel, embeddingModel)
  const mismatch = (option: string, asked: number, other: string) =>
    new MemoryError('DIMENSION_MISMATCH', `the option ${option} asks for ${asked} dimensions, ${other}`)
  for (const [option, asked] of [
    ['dimensions', dimensions],
    ['embeddingModel', embeddingModel?.dimensions],
  ] as const) {
    if (asked === undefined || settings.dimensions === undefined || asked === settings.dimensions) continue
    throw mismatch(option, asked, `the store has ${settings.dimensions}`)
  }
  const ofModel = embeddingModel?.dimensions
  if (dimensions === undefined || ofModel === undefined || dimensions === ofModel) return
  throw mismatch('embeddingModel', ofModel, `the option dimensions for ${dimensions}`)
}
