import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { type Piece, writePieces } from '../disk/pieces.js'
import { privatePaths } from '../layout/store-paths.js'

/** A file in the directory of derived data. */
export interface CacheFile {
  /** In that directory. */
  readonly name: string
  /** Permission bits: who may not read what it is derived from may not read it either. */
  readonly mode: number
  readonly pieces: AsyncIterable<Piece> | Iterable<Piece>
}

/**
 * Puts a file of derived data in place as a whole, or not at all. Nothing is synced: what a crash leaves of it does not
 * have its checksum. When it fails there is none, for the one of before describes what is no more.
 */
export async function writeCacheFile(
  files: FileSystem,
  dataDir: string,
  { name, mode, pieces }: CacheFile,
): Promise<void> {
  const directory = `${dataDir}/${privatePaths.cache}`
  const target = `${directory}/${name}`
  const part = partOf(target)
  try {
    await makeDirectory(files, `${dataDir}/${privatePaths.directory}`)
    await makeDirectory(files, directory)
    await ifPresent(() => files.unlink(part))
    const file = await files.open(part, 'create', mode)
    try {
      await file.setMode(mode)
      await writePieces(file, pieces)
    } finally {
      await file.close()
    }
    await files.rename(part, target)
  } catch (error) {
    for (const path of [part, target]) await ifPresent(() => files.unlink(path)).catch(() => {})
    throw error
  }
}

/** Removes a file of derived data, and what a process that has ended was about to put there. */
export async function removeCacheFile(files: FileSystem, dataDir: string, name: string): Promise<void> {
  const target = `${dataDir}/${privatePaths.cache}/${name}`
  for (const path of [target, partOf(target)]) await ifPresent(() => files.unlink(path))
}

/** Where a file is until all of it is written. Left there by a process that has ended, it means nothing. */
function partOf(path: string): string {
  return `${path}.part`
}
