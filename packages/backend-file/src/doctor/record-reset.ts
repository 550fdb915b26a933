import { MemoryError, silentLogger } from '@holdfast/core'
import { loadBase } from '../base/load-base.js'
import { readRecordAt } from '../base/read-record-at.js'
import type { FileSystem } from '../disk/file-system.js'
import { copyPath, storePaths } from '../layout/store-paths.js'
import type { FoundJournal } from './open-found-journals.js'
import type { BaseSurvey, ReadRecord } from './survey-base.js'
import { surveyJournals } from './survey-journals.js'

/** What becomes of a store whose base record is damaged or lost. */
export interface RecordReset {
  /** The record that is put back: its copy, when it describes these very files. */
  readonly record: ReadRecord | undefined
  /**
   * `kept`: it is proven that they build on these files. `unproven`: it is not, so they go to quarantine. `none`: there
   * are none.
   */
  readonly journals: 'kept' | 'unproven' | 'none'
  /** Whether the journals go back to the first transaction of all, so that they can be adopted with any files. */
  readonly isFromFirst: boolean
}

/**
 * @param survey of the files; when the record in place is whole there is nothing to plan.
 * @param journals all of the store.
 */
export async function planRecordReset(
  files: FileSystem,
  dataDir: string,
  survey: BaseSurvey,
  journals: readonly FoundJournal[],
): Promise<RecordReset> {
  if (survey.record.state === 'whole') return { record: undefined, journals: 'none', isFromFirst: false }
  const copied = await readRecordAt(files, dataDir, copyPath(storePaths.base))
  const record = copied && (await describes(copied, survey)) ? copied : undefined
  const isFromFirst = await follow(journals, 0)
  const isNone = journals.length === 0
  const areOwn = journals.every(({ store }) => store === undefined || store === record?.store)
  if (record !== undefined && areOwn && (await follow(journals, record.sequence))) {
    return { record, journals: isNone ? 'none' : 'kept', isFromFirst }
  }
  const isEmpty = [...survey.files.keys()].every((path) => path === storePaths.base)
  const isProven = isEmpty && isFromFirst
  return { record: undefined, journals: isNone ? 'none' : isProven ? 'kept' : 'unproven', isFromFirst }
}

/** The consequence, in words. */
export function describeReset({ record, journals }: RecordReset): string {
  if (record !== undefined) {
    return 'reset-record puts back its copy, which describes these very files, so that nothing is lost'
  }
  const forgotten =
    "reset-record goes on without it: the files count as the Python system's, and the name of the embedding model is forgotten"
  if (journals !== 'unproven') return forgotten
  return `${forgotten}; nothing proves that the journals build on these files, so what only they hold goes to quarantine`
}

async function describes(record: ReadRecord, { files, sums }: BaseSurvey): Promise<boolean> {
  if (record.files === undefined) return false
  for (const path of files.keys()) if (path !== storePaths.base && !record.files.has(path)) return false
  for (const [path, { size, crc32 }] of record.files) {
    if (files.get(path)?.file.size !== size || crc32 === null || sums.get(path) !== crc32) return false
  }
  try {
    await loadBase(files, { ...record, files: undefined }, silentLogger)
    return true
  } catch (error) {
    if (error instanceof MemoryError) return false
    throw error
  }
}

/** Whether nothing is missing between a sequence and the first journal. */
async function follow(journals: readonly FoundJournal[], after: number): Promise<boolean> {
  const { damage, pending } = await surveyJournals(journals, after, async () => {})
  return damage?.kind !== 'gap' || pending > 0
}
