import { MemoryError } from '@holdfast/core'
import { readBaseRecord } from '../base/load-base.js'
import { type DataFile, openDataFile, openDataFiles } from '../base/open-data-files.js'
import type { FileSystem } from '../disk/file-system.js'
import { type DataPath, dataPaths } from '../layout/store-paths.js'

/** The data files that could be opened; the caller closes them. */
export interface FoundFiles {
  readonly files: ReadonlyMap<DataPath, DataFile>
  readonly unreadable: ReadonlyMap<DataPath, MemoryError>
}

/**
 * Opens the data files as an open would, with those of an interrupted publication; where that is not possible, as they
 * lie there.
 * @throws {MemoryError} `CONFLICT` when they change all the time.
 */
export async function findFiles(files: FileSystem, dataDir: string): Promise<FoundFiles> {
  try {
    return { files: (await openDataFiles(files, dataDir)).files, unreadable: new Map() }
  } catch (error) {
    if (!(error instanceof MemoryError) || error.code === 'CONFLICT') throw error
    return findFilesInPlace(files, dataDir)
  }
}

/** Opens the data files by their names, whatever a publication has made ready. */
export async function findFilesInPlace(files: FileSystem, dataDir: string): Promise<FoundFiles> {
  const opened = new Map<DataPath, DataFile>()
  const unreadable = new Map<DataPath, MemoryError>()
  for (const path of dataPaths) {
    try {
      const file = await openDataFile(files, `${dataDir}/${path}`, path)
      if (file !== undefined) opened.set(path, file)
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error
      unreadable.set(path, error)
    }
  }
  return { files: opened, unreadable }
}

/** Which store the base record says this is; `undefined` when there is none that can be read. */
export async function recordedStore({ files }: FoundFiles): Promise<string | undefined> {
  try {
    return (await readBaseRecord(files))?.store
  } catch (error) {
    if (error instanceof MemoryError) return undefined
    throw error
  }
}
