import { MemoryError } from '@holdfast/core'
import { diskFailure, ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { releaseAll } from '../disk/release-all.js'
import { StoredFile } from '../disk/stored-file.js'
import { type DataPath, dataPaths, privatePaths } from '../layout/store-paths.js'
import { type CommitRecord, readCommitRecord } from '../publish/commit-record.js'

/** What a data file was when it was opened: see `FileFacts`. */
export interface FileState {
  readonly version: string
  readonly modified: string
  readonly changed: string
  readonly mode: number
}

/** An open data file. */
export interface DataFile extends FileState {
  readonly file: StoredFile
}

/** All data files of one moment. Absent ones are left out. */
export interface DataFiles {
  readonly files: ReadonlyMap<DataPath, DataFile>
  /** A commit whose files have not all been renamed into place. */
  readonly commit: CommitRecord | undefined
}

const maxAttempts = 100

/**
 * Opens the data files as they stood at one moment, although another process may be replacing them: all of a write
 * or nothing of it.
 *
 * With a commit record its staged files count; while the same record is still there afterwards no other write can
 * have begun. Without one, the files are opened, then it is made sure that there is no record, and then that every
 * name still leads to the file that was opened: a write that was over by then cannot have left an old file, one that
 * began later has changed a name.
 */
export async function openDataFiles(files: FileSystem, dataDir: string): Promise<DataFiles> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const commit = await readCommitRecord(files, dataDir)
    const opened = await openAll(files, dataDir, commit)
    try {
      const after = await readCommitRecord(files, dataDir)
      const isSame = commit?.id === after?.id
      if (isSame && (commit !== undefined || (await areCurrent(files, dataDir, opened)))) {
        return { files: opened, commit }
      }
    } catch (error) {
      await closeAll(opened)
      throw error
    }
    await closeAll(opened)
  }
  throw new MemoryError('CONFLICT', 'the store is being written to all the time; try again')
}

/** Lets go of all files. */
export async function closeAll(opened: ReadonlyMap<DataPath, DataFile>): Promise<void> {
  await releaseAll([...opened.values()].map(({ file }) => file))
}

async function openAll(
  files: FileSystem,
  dataDir: string,
  commit: CommitRecord | undefined,
): Promise<Map<DataPath, DataFile>> {
  const opened = new Map<DataPath, DataFile>()
  try {
    for (const path of dataPaths) {
      const committed = commit?.files.find((file) => file.path === path)
      const staged =
        committed && (await openDataFile(files, `${dataDir}/${privatePaths.stage}/${committed.staged}`, path))
      const file = staged ?? (await openDataFile(files, `${dataDir}/${path}`, path))
      if (file !== undefined) opened.set(path, file)
      if (committed !== undefined) checkSize(file, committed.size, path)
    }
    return opened
  } catch (error) {
    await closeAll(opened)
    throw error
  }
}

/**
 * Opens a data file that may be absent.
 * @param path where it lies now.
 * @throws {MemoryError} `CORRUPT` when it is no file; `CONNECTION`.
 */
export async function openDataFile(
  files: FileSystem,
  path: string,
  name: DataPath,
): Promise<DataFile | undefined> {
  return onDisk(name, async () => {
    const file = await ifPresent(() => files.open(path, 'read'))
    if (file === undefined) return undefined
    try {
      const { kind, size, version, modified, changed, mode } = await file.stat()
      if (kind !== 'file') throw new MemoryError('CORRUPT', `${name} is not a file`)
      return { file: new StoredFile(name, size, file), version, modified, changed, mode }
    } catch (error) {
      await file.close()
      throw diskFailure(error, name)
    }
  })
}

function checkSize(file: DataFile | undefined, size: number, path: DataPath): void {
  if (file?.file.size === size) return
  throw new MemoryError(
    'CORRUPT',
    `${path} has ${file?.file.size ?? 'no'} bytes, the last write left ${size}; see ${privatePaths.commit}`,
  )
}

async function areCurrent(
  files: FileSystem,
  dataDir: string,
  opened: ReadonlyMap<DataPath, DataFile>,
): Promise<boolean> {
  for (const path of dataPaths) {
    const facts = await onDisk(path, () => ifPresent(() => files.stat(`${dataDir}/${path}`)))
    if (facts?.version !== opened.get(path)?.version) return false
  }
  return true
}
