import { MemoryError } from '@holdfast/core'
import { checksumAt } from '../base/check-base.js'
import { ifPresent, linksUnavailable, systemCode } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { privatePaths } from '../layout/store-paths.js'
import type { CommitRecord } from './commit-record.js'

/**
 * Puts the files of a commit in place and then removes its record. Can be interrupted anywhere and done again: staged
 * files keep their names until the record is gone, for a rename from one directory to another may be durable in one of
 * them only.
 * @param sync makes directories durable; it is the caller's so that a failure can be remembered.
 */
export async function rollForward(
  files: FileSystem,
  dataDir: string,
  { files: committed }: CommitRecord,
  sync: (directory: string) => Promise<void>,
): Promise<void> {
  const directories = new Set([dataDir])
  for (const { path, staged } of committed) {
    const target = `${dataDir}/${path}`
    const directory = target.slice(0, target.lastIndexOf('/'))
    if (!directories.has(directory)) await makeDirectory(files, directory)
    directories.add(directory)
    // Where the new name comes instead of the old one, the directory that it is in must not be lost.
    const beforeRename = () => sync(dataDir)
    await putInPlace(files, `${dataDir}/${privatePaths.stage}/${staged}`, target, beforeRename)
  }
  // Before the record goes: without it nothing would lead to a file whose new name was lost.
  for (const directory of directories) await sync(directory)
  await ifPresent(() => files.unlink(`${dataDir}/${privatePaths.commit}`))
  await sync(`${dataDir}/${privatePaths.directory}`)
}

/** Gives a staged file its name too. Where there are no hard links it is renamed, and may be gone the second time. */
async function putInPlace(
  files: FileSystem,
  staged: string,
  target: string,
  beforeRename: () => Promise<void>,
): Promise<void> {
  const beside = `${target}.holdfast`
  await ifPresent(() => files.unlink(beside))
  try {
    await ifPresent(() => files.link(staged, beside))
  } catch (error) {
    if (!linksUnavailable.has(systemCode(error) ?? '')) throw error
    await beforeRename()
    await ifPresent(() => files.rename(staged, target))
    return
  }
  await ifPresent(() => files.rename(beside, target))
  // Renaming does nothing when both names lead to the same file already.
  await ifPresent(() => files.unlink(beside))
}

/**
 * Makes sure that every file of a commit that another process left behind is what it was meant to be.
 * @throws {MemoryError} `CORRUPT`, naming the file.
 */
export async function verifyCommit(files: FileSystem, dataDir: string, commit: CommitRecord): Promise<void> {
  for (const file of commit.files) {
    const staged = await checksumAt(files, `${dataDir}/${privatePaths.stage}/${file.staged}`, file.path)
    const actual = staged ?? (await checksumAt(files, `${dataDir}/${file.path}`, file.path))
    if (actual === file.crc32) continue
    throw new MemoryError('CORRUPT', `${file.path} is not what the last write left (checksum)`)
  }
}
