import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { FileIdentity } from '../layout/base-record.js'
import { type DataPath, dataPaths, storePaths } from '../layout/store-paths.js'
import type { DataFile } from './open-data-files.js'

/** A matrix of at most this many bytes is read and checked whenever a store is opened; larger ones by `verify`. */
const alwaysChecked = 64 * 1024 * 1024

type Files = ReadonlyMap<DataPath, DataFile>

/**
 * The data files that another program has changed since we last published them. A file that only looks different, such
 * as one in a copy of the directory, is read and compared.
 */
export async function foreignFiles(
  files: Files,
  recorded: ReadonlyMap<DataPath, FileIdentity>,
): Promise<readonly DataPath[]> {
  const foreign: DataPath[] = []
  for (const path of dataPaths) {
    if (path === storePaths.base) continue
    const [found, known] = [files.get(path), recorded.get(path)]
    if (found === undefined && known === undefined) continue
    if (found === undefined || known === undefined || found.file.size !== known.size) foreign.push(path)
    else if (found.modified === known.modified) continue
    else if (known.crc32 === null || (await checksumOf(found.file)) !== known.crc32) foreign.push(path)
  }
  return foreign
}

/** Reads a file and gives its CRC-32. */
export async function checksumOf(file: StoredFile): Promise<number> {
  let sum = 0
  for await (const chunk of file.chunks()) sum = crc32(chunk, sum)
  return sum
}

/** The same for a file by its path; `undefined` when there is none. @param name for messages. */
export async function checksumAt(files: FileSystem, path: string, name: string): Promise<number | undefined> {
  const file = await openStored(files, path, name)
  if (file === undefined) return undefined
  try {
    return await checksumOf(file)
  } finally {
    await file.release()
  }
}

/**
 * @param checksum where the file was read anyway.
 * @returns the checksum, when it is known now.
 * @throws {MemoryError} `CORRUPT` when the file is not what was published.
 */
export async function checkContent(
  file: StoredFile,
  recorded: FileIdentity | undefined,
  checksum: number | undefined,
): Promise<number | null> {
  const known = recorded?.crc32 ?? null
  if (checksum === undefined && (known === null || file.size > alwaysChecked)) return known
  const actual = checksum ?? (await checksumOf(file))
  if (known !== null && actual !== known) {
    throw new MemoryError('CORRUPT', `${file.path} is damaged: it is not what was last written (checksum)`)
  }
  return actual
}
