import {
  type ExportedRecord,
  MemoryError,
  type RecordKind,
  readEpisode,
  readNode,
  type Scope,
} from '@holdfast/core'
import type { OnProgress } from './migration-progress.js'
import type { MigrationStore } from './migration-store.js'
import type { UnownedRecord, UnownedRecords } from './unowned-records-error.js'

/** Unowned records that are listed by id; the others are only counted. */
const maxListed = 20

/** What a source holds. */
export interface SourceSurvey {
  /** Nodes with an owner. */
  readonly nodes: number
  /** Episodes with an owner. */
  readonly episodes: number
  /** Vectors of those records. */
  readonly vectors: number
  readonly unowned: UnownedRecords
}

export interface SurveyOptions {
  readonly from: MigrationStore
  /** Only what this scope sees. Default: everything. */
  readonly scope?: Scope
  /** Records read at a time, 1 to 10,000. Default 1000. */
  readonly batchSize?: number
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
}

/** Records read and written at a time when nothing else is said. */
export const defaultBatchSize = 1000

/**
 * Reads a source once, in bounded memory, so that all that can be refused is refused before anything is written.
 * @throws {MemoryError} `CORRUPT`, `INVALID_NODE`, `INVALID_EMBEDDING` and the like for a record that cannot be read,
 * naming it.
 */
export async function surveySource(options: SurveyOptions): Promise<SourceSurvey> {
  const { from, scope, batchSize = defaultBatchSize, onProgress, signal } = options
  const counts = { nodes: 0, episodes: 0, vectors: 0 }
  const first: UnownedRecord[] = []
  let unowned = 0
  let done = 0
  onProgress?.({ phase: 'survey', done, total: undefined })
  const batches = from.admin.exportAll({
    batchSize,
    ...(scope === undefined ? {} : { scope }),
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const { kind, records } of batches) {
    for (const [index, record] of records.entries()) {
      const { id, owner, embedding } = record
      if (owner === undefined) {
        unowned += 1
        if (first.length < maxListed) first.push({ kind, id })
      } else {
        checkText(kind, record, done + index)
        counts[kind] += 1
        if (embedding !== undefined) counts.vectors += 1
      }
    }
    done += records.length
    onProgress?.({ phase: 'survey', done, total: undefined })
  }
  return { ...counts, unowned: { count: unowned, first } }
}

/** A store may hand out a text without having looked at all its fields; a target would refuse it amid the copy. */
function checkText(kind: RecordKind, { id, text }: ExportedRecord, place: number): void {
  try {
    if (kind === 'nodes') readNode(text)
    else readEpisode(text)
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    throw new MemoryError(error.code, `record ${place} of the source (${id}): ${error.message}`, {
      cause: error,
    })
  }
}
