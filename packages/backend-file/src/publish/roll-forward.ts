import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { StoredFile } from '../disk/stored-file.js'
import { privatePaths } from '../layout/store-paths.js'
import type { CommitRecord, CommittedFile } from './commit-record.js'

/**
 * Puts the files of a commit in place and then removes its record. Can be interrupted anywhere and done again: a file
 * that is no longer staged has been renamed before.
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
    await ifPresent(() => files.rename(`${dataDir}/${privatePaths.stage}/${staged}`, target))
  }
  // Before the record goes: without it nothing would lead to a file whose new name was lost.
  for (const directory of directories) await sync(directory)
  await ifPresent(() => files.unlink(`${dataDir}/${privatePaths.commit}`))
  await sync(`${dataDir}/${privatePaths.directory}`)
}

/**
 * Makes sure that every file of a commit that another process left behind is what it was meant to be.
 * @throws {MemoryError} `CORRUPT`, naming the file.
 */
export async function verifyCommit(files: FileSystem, dataDir: string, commit: CommitRecord): Promise<void> {
  for (const file of commit.files) {
    const staged = await checksum(files, `${dataDir}/${privatePaths.stage}/${file.staged}`, file)
    const actual = staged ?? (await checksum(files, `${dataDir}/${file.path}`, file))
    if (actual === file.crc32) continue
    throw new MemoryError('CORRUPT', `${file.path} is not what the last write left (checksum)`)
  }
}

async function checksum(
  files: FileSystem,
  path: string,
  { path: name }: CommittedFile,
): Promise<number | undefined> {
  const opened = await ifPresent(() => files.open(path, 'read'))
  if (opened === undefined) return undefined
  try {
    const { size } = await opened.stat()
    let sum = 0
    for await (const chunk of new StoredFile(name, size, opened).chunks()) sum = crc32(chunk, sum)
    return sum
  } finally {
    await opened.close()
  }
}
