import { checksumAt } from '../base/check-base.js'
import { readRecordAt } from '../base/read-record-at.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import { releaseAll } from '../disk/release-all.js'
import type { StoredFile } from '../disk/stored-file.js'
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
  // What the commit replaces: its record comes into place last. One that is damaged is for whoever opens the store.
  const recorded = (await readRecordAt(files, dataDir, storePaths.base))?.files
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
    const sums = [file, recorded?.get(path)]
      .filter((known) => known?.size === target.size)
      .map((known) => known?.crc32)
    if (sums.length > 0 && sums.includes(await checksumAt(files, `${dataDir}/${path}`, path))) continue
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
      const file = await openStored(files, `${dataDir}/${path}`, path)
      if (file !== undefined) opened.set(path, { file })
    }
    return await setAside(files, dataDir, opened, paths)
  } finally {
    await releaseAll([...opened.values()].map(({ file }) => file))
  }
}
