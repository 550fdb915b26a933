import { checksumOf } from '../base/check-base.js'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { writePieces } from '../disk/pieces.js'
import { StoredFile } from '../disk/stored-file.js'
import { privatePaths } from '../layout/store-paths.js'
import type { RepairContext } from './repair-context.js'
import type { RepairName } from './repair-name.js'
import { identityOf } from './survey-copy.js'

/**
 * Copies files into the quarantine, durably: only then may they be changed. A copy is named after its content, so that
 * a repair that was interrupted and is done again keeps it once.
 * @param paths relative to the data directory; absent ones are left out.
 */
export async function keepInQuarantine(
  { files, dataDir }: RepairContext,
  repair: RepairName,
  paths: readonly string[],
): Promise<void> {
  const directory = `${privatePaths.quarantine}/${repair}`
  await onDisk(`${directory} cannot be written`, async () => {
    const above = [privatePaths.directory, privatePaths.quarantine, directory]
    for (const path of above) await makeDirectory(files, `${dataDir}/${path}`)
    for (const path of paths) await keepOne(files, dataDir, path, directory)
    for (const path of above.toReversed()) await files.syncDirectory(`${dataDir}/${path}`)
    await files.syncDirectory(dataDir)
  })
}

async function keepOne(files: FileSystem, dataDir: string, path: string, directory: string): Promise<void> {
  const opened = await ifPresent(() => files.open(`${dataDir}/${path}`, 'read'))
  if (opened === undefined) return
  try {
    const file = new StoredFile(path, (await opened.stat()).size, opened)
    const crc32 = await checksumOf(file)
    const flat = path.replace(/^\.holdfast\//, '').replaceAll('/', '-')
    const name = `${directory}/${flat}-${file.size}-${crc32.toString(16).padStart(8, '0')}`
    const kept = await identityOf(files, dataDir, name)
    if (kept?.size === file.size && kept.crc32 === crc32) return
    const unfinished = `${dataDir}/${name}.new`
    await ifPresent(() => files.unlink(unfinished))
    const copy = await files.open(unfinished, 'create')
    try {
      await writePieces(copy, [{ file, offset: 0, length: file.size }])
      await copy.sync()
    } finally {
      await copy.close()
    }
    await files.rename(unfinished, `${dataDir}/${name}`)
  } finally {
    await opened.close()
  }
}
