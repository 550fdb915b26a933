import { MemoryError } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import type { BaseRecord } from '../layout/base-record.js'
import { copyPath, type DataPath, dataPaths, storePaths } from '../layout/store-paths.js'
import type { CopyReport } from './directory-report.js'

/** Which files a copy was kept of, and whether it has the bytes that were last published. */
export async function surveyCopy(
  files: FileSystem,
  dataDir: string,
  recorded: BaseRecord['files'] | undefined,
  signal?: AbortSignal,
): Promise<readonly CopyReport[]> {
  const copies: CopyReport[] = []
  for (const of of dataPaths) {
    signal?.throwIfAborted()
    const path = copyPath(of)
    const found = await identityOf(files, dataDir, path)
    if (found === undefined) continue
    // The record describes the others, not itself.
    const known = of === storePaths.base ? await identityOf(files, dataDir, of) : recorded?.get(of)
    const isCurrent = known !== undefined && found.size === known.size && found.crc32 === known.crc32
    copies.push({ path, bytes: found.size, of, isCurrent })
  }
  return copies
}

/** Whether each of these files could be put back from its copy. */
export function isRestorable(copies: readonly CopyReport[], paths: readonly DataPath[]): boolean {
  return paths.every((path) => copies.some(({ of, isCurrent }) => of === path && isCurrent))
}

/** Size and checksum of a file; `crc32` is `undefined` when it cannot be read to its end. */
export async function identityOf(
  files: FileSystem,
  dataDir: string,
  path: string,
): Promise<{ readonly size: number; readonly crc32: number | undefined } | undefined> {
  const opened = await onDisk(path, () => ifPresent(() => files.open(`${dataDir}/${path}`, 'read')))
  if (opened === undefined) return undefined
  try {
    const { size } = await onDisk(path, () => opened.stat())
    const crc32 = await checksumOf(new StoredFile(path, size, opened)).catch((error: unknown) => {
      if (error instanceof MemoryError) return undefined
      throw error
    })
    return { size, crc32 }
  } finally {
    await opened.close()
  }
}
