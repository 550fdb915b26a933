import { MemoryError } from '@holdfast/core'
import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import { parseBaseRecord } from '../layout/base-record.js'
import { readText } from '../layout/json-file.js'

/**
 * A base record by its path: that of the files in place, one in the copy, or one made ready by a publication.
 * @returns `undefined` when there is none, or it is damaged.
 */
export async function readRecordAt(
  files: FileSystem,
  dataDir: string,
  path: string,
): Promise<ReturnType<typeof parseBaseRecord> | undefined> {
  const file = await onDisk(path, () => openStored(files, `${dataDir}/${path}`, path))
  if (file === undefined) return undefined
  try {
    return parseBaseRecord(await readText(file), path)
  } catch (error) {
    if (error instanceof MemoryError) return undefined
    throw error
  } finally {
    await file.release()
  }
}
