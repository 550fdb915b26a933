import { type Logger, MemoryError } from '@holdfast/core'
import { checksumOf, foreignFiles } from '../base/check-base.js'
import { readBaseRecord } from '../base/load-base.js'
import { closeAll, openDataFiles } from '../base/open-data-files.js'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import type { Piece } from '../disk/pieces.js'
import { releaseAll } from '../disk/release-all.js'
import { StoredFile } from '../disk/stored-file.js'
import { type FileIdentity, formatBaseRecord } from '../layout/base-record.js'
import { copyPath, type DataPath } from '../layout/store-paths.js'
import type { Publisher } from './publisher.js'
import { setAside } from './set-aside.js'

/**
 * Puts the files back as they were published, from the copy that was kept then, where another program has changed
 * them. What it wrote is kept in quarantine.
 * @throws {MemoryError} `NOT_SUPPORTED` when there is no such copy, or something was added that we never had.
 */
export async function restoreCopy(
  files: FileSystem,
  dataDir: string,
  publisher: Publisher,
  logger: Logger,
): Promise<void> {
  const opened = await openDataFiles(files, dataDir)
  const copies = new Map<DataPath, StoredFile>()
  try {
    const record = await readBaseRecord(opened.files)
    if (record?.files === undefined) return
    const foreign = await foreignFiles(opened.files, record.files)
    if (foreign.length === 0) return
    for (const path of foreign) copies.set(path, await openCopy(files, dataDir, path, record.files.get(path)))
    const quarantine = await setAside(files, dataDir, opened.files, foreign)
    const recorded = record.files
    const written = await publisher.publish({
      contents: new Map<DataPath, Iterable<Piece>>(
        [...copies].map(([path, file]) => [path, [{ file, offset: 0, length: file.size }]]),
      ),
      states: opened.files,
      base: (identities) => formatBaseRecord({ ...record, files: new Map([...recorded, ...identities]) }),
    })
    await closeAll(written)
    logger.warn(`${foreign.join(', ')} were restored; what another program had written is in ${quarantine}`)
  } finally {
    await releaseAll(copies.values())
    await closeAll(opened.files)
  }
}

async function openCopy(
  files: FileSystem,
  dataDir: string,
  path: DataPath,
  identity: FileIdentity | undefined,
): Promise<StoredFile> {
  const missing = (why: string) =>
    new MemoryError('NOT_SUPPORTED', `${path} cannot be restored: ${why}; foreignBase 'adopt' is possible`)
  if (identity === undefined) throw missing('it is not one of the files that were published')
  const copy = copyPath(path)
  const opened = await onDisk(copy, () => ifPresent(() => files.open(`${dataDir}/${copy}`, 'read')))
  if (opened === undefined) throw missing('there is no copy of it')
  try {
    const file = new StoredFile(copy, (await opened.stat()).size, opened)
    if (file.size === identity.size && (await checksumOf(file)) === identity.crc32) return file
  } catch (error) {
    await opened.close()
    throw error
  }
  await opened.close()
  throw missing('its copy is not the file that was last published')
}
