import { MemoryError, silentLogger } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import { type Base, loadBase, readBaseRecord } from '../base/load-base.js'
import type { DataFile } from '../base/open-data-files.js'
import type { BaseRecord } from '../layout/base-record.js'
import { type DataPath, dataPaths, storePaths } from '../layout/store-paths.js'
import type { FoundFiles } from './survey-files.js'

type Files = ReadonlyMap<DataPath, DataFile>
export type ReadRecord = NonNullable<Awaited<ReturnType<typeof readBaseRecord>>>

/** The base record, as far as it can be read. */
export type RecordSurvey =
  | { readonly state: 'whole'; readonly record: ReadRecord }
  | { readonly state: 'missing' }
  | { readonly state: 'damaged' | 'ahead' | 'unreadable'; readonly error: MemoryError }

/** What the published files are, and whether they can be opened. */
export interface BaseSurvey extends FoundFiles {
  readonly record: RecordSurvey
  /** What the files should be; `undefined` when nothing says so. */
  readonly recorded: BaseRecord['files'] | undefined
  /** Checksums of the files. */
  readonly sums: ReadonlyMap<DataPath, number>
  /** Those that another program has changed, added or removed. */
  readonly foreign: readonly DataPath[]
  /** Those that look untouched and have other bytes than were written. */
  readonly damaged: readonly DataPath[]
  /** The files read, whoever wrote them; or why that is not possible. */
  readonly base: Base | MemoryError
}

/**
 * Reads every byte of the files.
 * @param hasJournals whether a journal builds on them.
 */
export async function surveyBase(
  found: FoundFiles,
  hasJournals: boolean,
  signal?: AbortSignal,
): Promise<BaseSurvey> {
  const unreadable = new Map(found.unreadable)
  const sums = await readThrough(found.files, unreadable, signal)
  const { files } = found
  let record = await surveyRecord(files, unreadable)
  const recorded = recordedFiles(record, hasJournals)
  const foreign: DataPath[] = []
  const damaged: DataPath[] = []
  for (const path of recorded === undefined ? [] : dataPaths) {
    const [file, known] = [files.get(path), recorded?.get(path)]
    if (path === storePaths.base || unreadable.has(path) || (file === undefined && known === undefined))
      continue
    const isSameSize = file !== undefined && known !== undefined && file.file.size === known.size
    if (!isSameSize) foreign.push(path)
    else if (known.crc32 !== null && sums.get(path) === known.crc32) continue
    // As an open would: what has the time of the last publication is taken for what was published.
    else if (file.modified !== known.modified) foreign.push(path)
    else if (known.crc32 !== null) damaged.push(path)
  }
  const isChanged = foreign.length + damaged.length > 0
  let base = await load(files, unreadable, record, isChanged)
  if (base instanceof MemoryError && record.state === 'whole' && recorded !== undefined) {
    // When the files alone are in order, it is the record that contradicts them.
    const alone = await load(files, unreadable, { state: 'missing' }, isChanged)
    if (!(alone instanceof MemoryError)) {
      record = { state: 'damaged', error: base }
      base = alone
    }
  }
  return { files, unreadable, record, recorded, sums, foreign, damaged, base }
}

/** @returns the checksum of each file. */
async function readThrough(
  files: Files,
  unreadable: Map<DataPath, MemoryError>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<DataPath, number>> {
  const sums = new Map<DataPath, number>()
  for (const [path, { file }] of files) {
    signal?.throwIfAborted()
    try {
      sums.set(path, await checksumOf(file))
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error
      unreadable.set(path, error)
    }
  }
  return sums
}

async function surveyRecord(
  files: Files,
  unreadable: ReadonlyMap<DataPath, MemoryError>,
): Promise<RecordSurvey> {
  const failure = unreadable.get(storePaths.base)
  if (failure !== undefined) return { state: 'unreadable', error: failure }
  try {
    const record = await readBaseRecord(files)
    return record === undefined ? { state: 'missing' } : { state: 'whole', record }
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    return { state: error.code === 'SCHEMA_AHEAD' ? 'ahead' : 'damaged', error }
  }
}

function recordedFiles(survey: RecordSurvey, hasJournals: boolean): BaseRecord['files'] | undefined {
  if (survey.state === 'whole') return survey.record.files
  // A journal without a record builds on an empty directory.
  return survey.state === 'missing' && hasJournals ? new Map() : undefined
}

async function load(
  files: Files,
  unreadable: ReadonlyMap<DataPath, MemoryError>,
  survey: RecordSurvey,
  isChanged: boolean,
): Promise<Base | MemoryError> {
  for (const error of unreadable.values()) return error
  if (survey.state === 'ahead') return survey.error
  const known = survey.state === 'whole' ? survey.record : undefined
  const positions = isChanged ? undefined : known?.positions
  try {
    return await loadBase(files, known && { ...known, positions, files: undefined }, silentLogger)
  } catch (error) {
    if (error instanceof MemoryError) return error
    throw error
  }
}
