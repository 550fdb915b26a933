import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { privatePaths } from '../layout/store-paths.js'
import { storeNames } from '../store/open-store.js'
import type { DirectoryReport } from './directory-report.js'

/**
 * What a directory is, by the names in it.
 * @throws {MemoryError} `CONNECTION` when there is no such directory, or it cannot be read.
 */
export async function layoutOf(files: FileSystem, dataDir: string): Promise<DirectoryReport['layout']> {
  const facts = await onDisk(dataDir, () => ifPresent(() => files.stat(dataDir)))
  if (facts === undefined) throw new MemoryError('CONNECTION', `there is no directory ${dataDir}`)
  if (facts.kind !== 'directory') throw new MemoryError('CONNECTION', `${dataDir} is not a directory`)
  const names = await onDisk(dataDir, () => files.readdir(dataDir))
  if (names.includes(privatePaths.directory)) return 'holdfast'
  if (names.some((name) => storeNames.has(name))) return 'python'
  return names.every((name) => name.startsWith('.') || name === 'lost+found') ? 'empty' : 'other'
}
