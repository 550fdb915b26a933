import { closeAll } from '../base/open-data-files.js'
import { FileBackend } from '../file-backend.js'
import { journalNames } from '../journal/read-journals.js'
import { type DataPath, privatePaths } from '../layout/store-paths.js'
import { keepInQuarantine } from './keep-in-quarantine.js'
import {
  finishPublication,
  impossible,
  type RepairContext,
  type RepairPlace,
  withLock,
} from './repair-context.js'
import { replaceFile } from './replace-file.js'
import { surveyBase } from './survey-base.js'
import { surveyCommit } from './survey-commit.js'
import { isRestorable, surveyCopy } from './survey-copy.js'
import { findFilesInPlace } from './survey-files.js'

/**
 * `restore` and `adopt`: ends the state in which the published files are not what was published, through an open with
 * that option and a close.
 * @returns what it did.
 * @throws {MemoryError} what the open throws.
 */
export async function settleBase(
  place: RepairPlace,
  foreignBase: 'restore' | 'adopt',
): Promise<readonly string[]> {
  const { replaced, changed } = await withLock(place, async (context) => {
    const commit = await surveyCommit(context.files, context.dataDir)
    const inTheWay = commit.state === 'committed' ? commit.inTheWay : []
    return { replaced: inTheWay, changed: await makeForeign(context, foreignBase) }
  })
  const done = replaced.map((path) => `${path} is what was being published`)
  if (changed.length === 0) return done
  const { environment, dataDir, logger, allowNetworkFileSystem } = place
  const options = { dataDir, foreignBase, create: false, logger, allowNetworkFileSystem }
  await (await FileBackend.openIn(environment, options)).close()
  const what = foreignBase === 'adopt' ? 'is ours as it is' : 'is again what was published'
  return [...done, ...changed.map((path) => `${path} ${what}`)]
}

/**
 * Files that the disk has changed look untouched, and an open says `CORRUPT`. Written again they look changed, and it
 * can be told what to do.
 * @returns all files that are not what was published.
 */
async function makeForeign(
  context: RepairContext,
  repair: 'restore' | 'adopt',
): Promise<readonly DataPath[]> {
  const { files, dataDir } = context
  await finishPublication(context)
  const journals = await journalNames(files, `${dataDir}/${privatePaths.journals}`)
  const found = await findFilesInPlace(files, dataDir)
  try {
    for (const error of found.unreadable.values()) throw error
    const { recorded, foreign, damaged } = await surveyBase(found, journals.length > 0)
    const changed = [...foreign, ...damaged]
    if (repair === 'restore' && !isRestorable(await surveyCopy(files, dataDir, recorded), changed)) {
      throw impossible(`there is no copy of ${changed.join(', ')} as last published; adopt is possible`)
    }
    // What is replaced by the copy is kept by the open that does so.
    if (damaged.length > 0 && repair === 'adopt') await keepInQuarantine(context, repair, damaged)
    for (const path of damaged) {
      const file = found.files.get(path)?.file
      if (file !== undefined) await replaceFile(context, path, [{ file, offset: 0, length: file.size }])
    }
    return changed
  } finally {
    await closeAll(found.files)
  }
}
