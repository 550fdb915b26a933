import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import { parseBaseRecord } from '../layout/base-record.js'
import { readText } from '../layout/json-file.js'
import type { ReadRecord } from './survey-base.js'

/**
 * A base record that stands elsewhere than in its place: in the copy, or made ready by a publication.
 * @returns `undefined` when there is none, or it cannot be read.
 */
export async function readRecordAt(
  files: FileSystem,
  dataDir: string,
  path: string,
): Promise<ReadRecord | undefined> {
  const opened = await onDisk(path, () => ifPresent(() => files.open(`${dataDir}/${path}`, 'read')))
  if (opened === undefined) return undefined
  try {
    const { size } = await onDisk(path, () => opened.stat())
    return parseBaseRecord(await readText(new StoredFile(path, size, opened)), path)
  } catch (error) {
    if (error instanceof MemoryError) return undefined
    throw error
  } finally {
    await opened.close()
  }
}
