import { MemoryError } from '@holdfast/core'
import { checksumOf } from '../base/check-base.js'
import { onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import { generationOf } from '../journal/journal-name.js'
import { storeOfJournals } from '../journal/journal-store.js'
import { type JournalFile, journalNames, scanOf } from '../journal/read-journals.js'

/** A journal of the directory, open, whether it can be read or not. */
export interface FoundJournal {
  readonly name: string
  readonly generation: number
  readonly file: StoredFile
  /** With a scan of its own each time. */
  readonly scan: () => Promise<JournalFile>
  /** Why its header, or a byte of it, cannot be read, or that it is not one of the store. */
  readonly error: MemoryError | undefined
  /** Which store it belongs to; `undefined` when its header is damaged. */
  readonly store: string | undefined
}

/**
 * Opens all journals of a directory, oldest first; the caller closes the files.
 * @param store which store they should belong to, where something says so.
 * @throws {MemoryError} `CONNECTION` when one cannot be opened.
 */
export async function openFoundJournals(
  files: FileSystem,
  directory: string,
  store: string | undefined,
): Promise<readonly FoundJournal[]> {
  const found: FoundJournal[] = []
  try {
    for (const name of await onDisk(directory, () => journalNames(files, directory))) {
      const file = await open(files, directory, name)
      const scan = async () => ({ ...(await scanOf(name, file, store)), file })
      const journal = { name, generation: generationOf(name) ?? 0, file, scan }
      found.push({ ...journal, error: undefined, store: undefined })
      const error = await readError(file, scan)
      const own = await storeOfJournals(files, directory, [name]).catch(() => undefined)
      found.splice(-1, 1, { ...journal, error, store: own })
    }
    return found
  } catch (error) {
    for (const { file } of found) await file.release()
    throw error
  }
}

function open(files: FileSystem, directory: string, name: string): Promise<StoredFile> {
  return onDisk(name, async () => {
    const descriptor = await files.open(`${directory}/${name}`, 'read')
    try {
      return new StoredFile(name, (await descriptor.stat()).size, descriptor)
    } catch (error) {
      await descriptor.close()
      throw error
    }
  })
}

/** Reads all of it. */
async function readError(file: StoredFile, scan: () => Promise<unknown>): Promise<MemoryError | undefined> {
  try {
    await checksumOf(file)
    await scan()
    return undefined
  } catch (error) {
    if (error instanceof MemoryError) return error
    throw error
  }
}
