import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import type { StoredBytes } from './directory-report.js'

/** All files below a directory, sorted. None when there is no such directory. */
export function listFiles(
  files: FileSystem,
  dataDir: string,
  directory: string,
): Promise<readonly StoredBytes[]> {
  return onDisk(directory, async () => {
    const found: StoredBytes[] = []
    const names = (await ifPresent(() => files.readdir(`${dataDir}/${directory}`))) ?? []
    for (const name of [...names].sort()) {
      const path = `${directory}/${name}`
      const facts = await ifPresent(() => files.stat(`${dataDir}/${path}`))
      if (facts?.kind === 'directory') found.push(...(await listFiles(files, dataDir, path)))
      else if (facts !== undefined) found.push({ path, bytes: facts.size })
    }
    return found
  })
}
