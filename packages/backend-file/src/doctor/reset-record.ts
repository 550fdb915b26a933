import { closeAll } from '../base/open-data-files.js'
import { ifPresent } from '../disk/disk-failure.js'
import { markName } from '../journal/journal-name.js'
import { formatBaseRecord } from '../layout/base-record.js'
import { privatePaths, storePaths } from '../layout/store-paths.js'
import { keepInQuarantine } from './keep-in-quarantine.js'
import { type FoundJournal, openFoundJournals } from './open-found-journals.js'
import { planRecordReset } from './record-reset.js'
import { finishPublication, type RepairContext } from './repair-context.js'
import { removeFile, replaceFile } from './replace-file.js'
import { surveyBase } from './survey-base.js'
import { findFilesInPlace, recordedStore } from './survey-files.js'

/**
 * `reset-record`: puts back the copy of the base record when that describes these very files. Otherwise sets it aside,
 * and with it journals of which nothing proves that they build on these files.
 * @returns what it did.
 */
export async function resetRecord(context: RepairContext): Promise<readonly string[]> {
  const { files, dataDir } = context
  await finishPublication(context)
  const found = await findFilesInPlace(files, dataDir)
  let journals: readonly FoundJournal[] = []
  try {
    journals = await openFoundJournals(
      files,
      `${dataDir}/${privatePaths.journals}`,
      await recordedStore(found),
    )
    for (const error of found.unreadable.values()) throw error
    const survey = await surveyBase(found, journals.length > 0)
    const { record } = survey
    if (record.state === 'ahead' || record.state === 'unreadable') throw record.error
    const isWrong = record.state === 'damaged' || (record.state === 'missing' && survey.foreign.length > 0)
    if (!isWrong) return []
    const plan = await planRecordReset(files, dataDir, survey, journals)
    const dropped = plan.journals === 'unproven' ? journals : []
    const paths = dropped.map(({ name }) => `${privatePaths.journals}/${name}`)
    await keepInQuarantine(context, 'reset-record', [storePaths.base, ...paths])
    // The record last: until then no open can take what is left of the journals for all of them.
    for (const [index, { generation }] of dropped.entries()) {
      await removeFile(context, paths[index] ?? '')
      await ifPresent(() => files.unlink(`${dataDir}/${privatePaths.journals}/${markName(generation)}`))
    }
    const done = dropped.length === 0 ? [] : [`${dropped.length} journals were set aside`]
    const { files: recorded } = plan.record ?? {}
    if (plan.record !== undefined && recorded !== undefined) {
      const text = formatBaseRecord({ ...plan.record, files: recorded })
      await replaceFile(context, storePaths.base, [Buffer.from(text)])
      return [...done, `${storePaths.base} was put back from its copy`]
    }
    await removeFile(context, storePaths.base)
    return [...done, `${storePaths.base} was set aside; the files count as the Python system's`]
  } finally {
    await closeAll(found.files)
    for (const { file } of journals) await file.release()
  }
}
