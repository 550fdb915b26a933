import { MemoryError } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { releaseAll } from '../disk/release-all.js'
import { StoredFile } from '../disk/stored-file.js'
import { type BaseRecord, parseBaseRecord } from '../layout/base-record.js'
import { readText } from '../layout/json-file.js'
import { type DataPath, privatePaths, storePaths } from '../layout/store-paths.js'
import type { CommitRecord, CommittedFile } from './commit-record.js'
import { setAside } from './set-aside.js'

/** Files that another program wrote where a commit was being put in place. */
export interface ForeignTargets {
  /** Would be overwritten by the commit. */
  readonly inTheWay: readonly CommittedFile[]
  /** Were in place already, and are what it has made of them. */
  readonly changedSince: readonly CommittedFile[]
}

/** Finds out whether another program was there between the end of a process and the opening that goes on with its commit. */
export async function foreignTargets(
  files: FileSystem,
  dataDir: string,
  { files: committed }: CommitRecord,
): Promise<ForeignTargets> {
  const inTheWay: CommittedFile[] = []
  const changedSince: CommittedFile[] = []
  const recorded = await filesBefore(files, dataDir)
  for (const file of committed) {
    const { path, modified, before } = file
    // Nobody else has a reason to write that one.
    if (path === storePaths.base) continue
    const target = await ifPresent(() => files.stat(`${dataDir}/${path}`))
    if (target === undefined || modified === undefined) continue
    const isOld = before != null && target.size === before.size && target.modified === before.modified
    // A bit that flips changes neither; that is for `verifyCommit`.
    const isNew = target.size === file.size && target.modified === modified
    if (isOld || isNew) continue
    // A copy of the directory has other times.
    const sums = [file, recorded.get(path)]
      .filter((known) => known?.size === target.size)
      .map((known) => known?.crc32)
    if (sums.length > 0 && sums.includes(await checksumAt(files, dataDir, path))) continue
    const staged = await ifPresent(() => files.stat(`${dataDir}/${privatePaths.stage}/${file.staged}`))
    if (staged === undefined || staged.identity === target.identity) changedSince.push(file)
    else inTheWay.push(file)
  }
  return { inTheWay, changedSince }
}

/** Keeps what a commit would overwrite. @returns the directory it is in. */
export async function keepTargets(
  files: FileSystem,
  dataDir: string,
  paths: readonly DataPath[],
): Promise<string> {
  const opened = new Map<DataPath, { readonly file: StoredFile }>()
  try {
    for (const path of paths) {
      const file = await files.open(`${dataDir}/${path}`, 'read')
      opened.set(path, { file: new StoredFile(path, (await file.stat()).size, file) })
    }
    return await setAside(files, dataDir, opened, paths)
  } finally {
    await releaseAll([...opened.values()].map(({ file }) => file))
  }
}

/** What the commit replaces: its record comes into place last. */
async function filesBefore(files: FileSystem, dataDir: string): Promise<BaseRecord['files']> {
  const opened = await ifPresent(() => files.open(`${dataDir}/${storePaths.base}`, 'read'))
  if (opened === undefined) return new Map()
  const file = new StoredFile(storePaths.base, (await opened.stat()).size, opened)
  try {
    return parseBaseRecord(await readText(file), storePaths.base).files ?? new Map()
  } catch (error) {
    // Whoever opens the store will say so.
    if (error instanceof MemoryError) return new Map()
    throw error
  } finally {
    await file.release()
  }
}

async function checksumAt(files: FileSystem, dataDir: string, path: DataPath): Promise<number> {
  const opened = await files.open(`${dataDir}/${path}`, 'read')
  const file = new StoredFile(path, (await opened.stat()).size, opened)
  try {
    return await checksumOf(file)
  } finally {
    await file.release()
  }
}
