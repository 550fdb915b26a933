import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { copyPath, type DataPath, dataPaths, privatePaths } from '../layout/store-paths.js'

/**
 * Copies published files beside them, so that they can be restored when another program has changed them. The copy is
 * not synced: it is compared before it is used.
 * @param changed whose copy, if there is one, is of other content. Of the others those are copied that have none, or
 * one that a crash cut off.
 */
export async function keepCopy(
  files: FileSystem,
  dataDir: string,
  changed: readonly DataPath[],
): Promise<void> {
  await makeDirectory(files, `${dataDir}/${privatePaths.copy}`)
  for (const path of dataPaths) {
    const copy = `${dataDir}/${copyPath(path)}`
    const [source, kept] = await Promise.all(
      [`${dataDir}/${path}`, copy].map((name) => ifPresent(() => files.stat(name))),
    )
    if (!changed.includes(path) && source?.size === kept?.size) continue
    if (kept !== undefined) await files.unlink(copy)
    if (source !== undefined) await files.copy(`${dataDir}/${path}`, copy)
  }
}

/** Removes the copy of files that are not the published ones any more. */
export async function dropCopy(files: FileSystem, dataDir: string): Promise<void> {
  const directory = `${dataDir}/${privatePaths.copy}`
  for (const name of (await ifPresent(() => files.readdir(directory))) ?? []) {
    await ifPresent(() => files.unlink(`${directory}/${name}`))
  }
  await ifPresent(() => files.rmdir(directory))
}
