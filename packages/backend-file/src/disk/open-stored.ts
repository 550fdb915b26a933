import { ifPresent } from './disk-failure.js'
import type { FileSystem } from './file-system.js'
import { StoredFile } from './stored-file.js'

/**
 * Opens a file to be read, as large as it is now; whoever asks lets go of it.
 * @param name where it lies in the data directory, for messages.
 * @returns `undefined` when there is none.
 */
export async function openStored(
  files: FileSystem,
  path: string,
  name: string,
): Promise<StoredFile | undefined> {
  const opened = await ifPresent(() => files.open(path, 'read'))
  if (opened === undefined) return undefined
  try {
    return new StoredFile(name, (await opened.stat()).size, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}
