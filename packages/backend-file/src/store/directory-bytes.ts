import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { dataPaths, privatePaths } from '../layout/store-paths.js'

/** Bytes that a store takes: published files, journals, the copy for restoring, the cache, and what is in quarantine. */
export async function directoryBytes(files: FileSystem, dataDir: string): Promise<number> {
  return onDisk(dataDir, async () => {
    let sum = 0
    for (const path of dataPaths) sum += (await ifPresent(() => files.stat(`${dataDir}/${path}`)))?.size ?? 0
    for (const path of [
      privatePaths.journals,
      privatePaths.copy,
      privatePaths.cache,
      privatePaths.quarantine,
    ]) {
      sum += await bytesBelow(files, `${dataDir}/${path}`)
    }
    return sum
  })
}

async function bytesBelow(files: FileSystem, directory: string): Promise<number> {
  let sum = 0
  for (const name of (await ifPresent(() => files.readdir(directory))) ?? []) {
    const path = `${directory}/${name}`
    const facts = await ifPresent(() => files.stat(path))
    if (facts?.kind === 'directory') sum += await bytesBelow(files, path)
    else sum += facts?.size ?? 0
  }
  return sum
}
