import { privatePaths } from '../layout/store-paths.js'
import { formatCommitRecord } from '../publish/commit-record.js'
import { keepInQuarantine } from './keep-in-quarantine.js'
import { listFiles } from './list-files.js'
import { impossible, type RepairContext } from './repair-context.js'
import { removeFile, replaceFile } from './replace-file.js'
import { surveyCommit } from './survey-commit.js'

const place = privatePaths.commit

/** `rebuild-commit`. @returns what it did. @throws {MemoryError} `NOT_SUPPORTED` when the files do not tell. */
export async function rebuildCommit(context: RepairContext): Promise<readonly string[]> {
  const survey = await surveyCommit(context.files, context.dataDir)
  if (survey.state === 'ahead' || survey.state === 'unreadable') throw survey.error
  if (survey.state !== 'damaged') return []
  if (survey.rebuilt === undefined) {
    throw impossible(`${place}: the files that it had made ready do not tell what stood there`)
  }
  await keepInQuarantine(context, 'rebuild-commit', [place])
  await replaceFile(context, place, [Buffer.from(formatCommitRecord(survey.rebuilt))])
  return [`${place} was written anew; the next open brings its publication to an end`]
}

/** `drop-commit`. @returns what it did. @throws {MemoryError} `NOT_SUPPORTED` when something would be lost. */
export async function dropCommit(context: RepairContext): Promise<readonly string[]> {
  const { files, dataDir } = context
  const survey = await surveyCommit(files, dataDir)
  if (survey.state === 'ahead' || survey.state === 'unreadable') throw survey.error
  if (survey.state !== 'damaged') return []
  if (!survey.isDroppable) throw impossible(`${place}: what it had made ready is not to be had elsewhere`)
  const staged = (await listFiles(files, dataDir, privatePaths.stage)).map(({ path }) => path)
  await keepInQuarantine(context, 'drop-commit', [place, ...staged])
  // Without the record the files count no more; the other way round it would look for them.
  await removeFile(context, place)
  for (const path of staged) await removeFile(context, path)
  return [`${place} and ${staged.length} files that it had made ready were set aside`]
}
