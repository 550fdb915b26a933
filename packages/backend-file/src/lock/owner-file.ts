import { ifPresent, systemCode } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { writeFully } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { privatePaths } from '../layout/store-paths.js'
import { type OwnerRecord, readOwnerRecord } from './owner-record.js'
import { mayBeAlive } from './process-identity.js'

const maxAttempts = 100

/**
 * The file that says who writes to a store. It appears with its content, under an exclusive name, so that of two
 * processes one gets it. A dead holder's file is moved aside by a rename, which only one process can win, and looked
 * at again there: if it is not the one that was found dead, it is put back.
 */
export class OwnerFile {
  readonly #files: FileSystem
  readonly #path: string
  readonly #nonce: string

  private constructor(files: FileSystem, path: string, nonce: string) {
    this.#files = files
    this.#path = path
    this.#nonce = nonce
  }

  /** @returns the record of the holder when there is one that may be alive. */
  static async take(
    files: FileSystem,
    dataDir: string,
    own: Omit<OwnerRecord, 'nonce'>,
  ): Promise<OwnerFile | { readonly pid: number; readonly host: string }> {
    const record: OwnerRecord = { ...own, nonce: randomName() }
    const path = `${dataDir}/${privatePaths.owner}`
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      await makeDirectory(files, `${dataDir}/${privatePaths.directory}`)
      if (await create(files, path, record)) return new OwnerFile(files, path, record.nonce)
      const found = await readOwnerRecord(files, path)
      if (found === undefined) continue
      if (!(await isOver(found, record))) {
        return found === 'damaged' ? { pid: 0, host: 'an unknown host' } : found
      }
      await setAside(files, path, found)
    }
    return { pid: 0, host: 'an unknown host' }
  }

  async isOurs(): Promise<boolean> {
    const found = await readOwnerRecord(this.#files, this.#path)
    return found !== undefined && found !== 'damaged' && found.nonce === this.#nonce
  }

  /** Removes the file, unless it is somebody else's by now. */
  async remove(): Promise<void> {
    if (await this.isOurs()) await ifPresent(() => this.#files.unlink(this.#path))
  }
}

/** Whether the holder has ended. */
async function isOver(found: OwnerRecord | 'damaged', own: OwnerRecord): Promise<boolean> {
  // Who has the kernel lock would not have got it from a living holder of it.
  if (found === 'damaged' || found.hasKernelLock) {
    if (own.hasKernelLock) return true
    if (found === 'damaged') return false
  }
  return !(await mayBeAlive(found, own))
}

/** @returns false when the name is taken, or the directory has just been removed by a holder that left. */
async function create(files: FileSystem, path: string, record: OwnerRecord): Promise<boolean> {
  const temporary = `${path}.${record.nonce}.tmp`
  try {
    const file = await files.open(temporary, 'create')
    try {
      await writeFully(file, Buffer.from(`${JSON.stringify(record)}\n`), 0)
    } finally {
      await file.close()
    }
    await files.link(temporary, path)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  } finally {
    await ifPresent(() => files.unlink(temporary))
  }
}

async function setAside(files: FileSystem, path: string, found: OwnerRecord | 'damaged'): Promise<void> {
  const aside = `${path}.${randomName()}.old`
  const moved = await ifPresent(async () => {
    await files.rename(path, aside)
    return true
  })
  if (!moved) return
  const record = await readOwnerRecord(files, aside)
  const isSame =
    record === 'damaged' || found === 'damaged' ? record === found : record?.nonce === found.nonce
  if (!isSame) await files.link(aside, path).catch(() => {})
  await ifPresent(() => files.unlink(aside))
}
