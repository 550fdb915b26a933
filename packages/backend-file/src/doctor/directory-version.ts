import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { journalNames } from '../journal/read-journals.js'
import { privatePaths, storePaths } from '../layout/store-paths.js'

/** Changes whenever a writer publishes or begins a journal: what was read in between may be of two moments. */
export async function directoryVersion(files: FileSystem, dataDir: string): Promise<string> {
  return onDisk(dataDir, async () => {
    const parts: string[] = []
    for (const path of [storePaths.base, privatePaths.commit]) {
      parts.push((await ifPresent(() => files.stat(`${dataDir}/${path}`)))?.version ?? '')
    }
    return [...parts, ...(await journalNames(files, `${dataDir}/${privatePaths.journals}`))].join(' ')
  })
}
