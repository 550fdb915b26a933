import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { writePieces } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import type { StoredFile } from '../disk/stored-file.js'
import { type DataPath, privatePaths } from '../layout/store-paths.js'

/**
 * Keeps copies of data files of another program in quarantine, durably.
 * @param opened those of `paths` that are there.
 * @returns the directory they are in.
 */
export async function setAside(
  files: FileSystem,
  dataDir: string,
  opened: ReadonlyMap<DataPath, { readonly file: StoredFile }>,
  paths: readonly DataPath[],
): Promise<string> {
  await makeDirectory(files, `${dataDir}/${privatePaths.quarantine}`)
  const directory = `${privatePaths.quarantine}/foreign-${randomName().slice(0, 8)}`
  await makeDirectory(files, `${dataDir}/${directory}`)
  for (const path of paths) {
    const found = opened.get(path)
    if (found === undefined) continue
    const copy = await files.open(`${dataDir}/${directory}/${path.replaceAll('/', '-')}`, 'create')
    try {
      await writePieces(copy, [{ file: found.file, offset: 0, length: found.file.size }])
      await copy.sync()
    } finally {
      await copy.close()
    }
  }
  for (const name of [directory, privatePaths.quarantine]) await files.syncDirectory(`${dataDir}/${name}`)
  return directory
}
