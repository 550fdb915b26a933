import { dirname } from 'node:path'
import { ifPresent, linksUnavailable, systemCode } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { writeFully } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { privatePaths } from '../layout/store-paths.js'
import { type OwnerRecord, readOwnerRecord } from './owner-record.js'
import { mayBeAlive } from './process-identity.js'

const maxAttempts = 100

/** Who stands in the way. */
export interface Holder {
  readonly pid: number
  readonly host: string
}

const unknownHolder: Holder = { pid: 0, host: 'an unknown host' }

/**
 * The file that says who writes to a store. It appears with its content, under an exclusive name, so that of two
 * processes one gets it.
 *
 * A dead holder's file is replaced by whoever holds the claim on it, a file of the same kind that is named after that
 * very record. Nobody else touches the dead record meanwhile, and it is looked at again once the claim is held; so two
 * that found the same holder dead cannot both follow it, and there is no moment without a file for a third to use.
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

  /** @returns the holder when there is one that may be alive. */
  static async take(
    files: FileSystem,
    dataDir: string,
    own: Omit<OwnerRecord, 'nonce'>,
  ): Promise<OwnerFile | Holder> {
    const record: OwnerRecord = { ...own, nonce: randomName() }
    const path = `${dataDir}/${privatePaths.owner}`
    const holder = await acquire(files, path, path, record)
    return holder ?? new OwnerFile(files, path, record.nonce)
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

/**
 * Gives our record a name.
 * @param base the owner file, beside which claims lie.
 * @returns the holder of the name when there is one that may be alive.
 */
async function acquire(
  files: FileSystem,
  base: string,
  path: string,
  record: OwnerRecord,
): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    await makeDirectory(files, dirname(base))
    if (await create(files, base, path, record)) return undefined
    const found = await readOwnerRecord(files, path)
    if (found === undefined) continue
    if (!(await isOver(found, record))) return found === 'damaged' ? unknownHolder : found
    const claim = `${base}.${nonceOf(found)}.claim`
    const claimant = await acquire(files, base, claim, record)
    if (claimant !== undefined) return claimant
    try {
      const now = await readOwnerRecord(files, path)
      if (now !== undefined && nonceOf(now) === nonceOf(found)) {
        await replace(files, base, path, record)
        return undefined
      }
    } finally {
      await ifPresent(() => files.unlink(claim))
    }
  }
  return unknownHolder
}

/** @returns false when the name is taken, or the directory has just been removed by a holder that left. */
async function create(files: FileSystem, base: string, path: string, record: OwnerRecord): Promise<boolean> {
  return withTemporary(files, base, record, async (temporary) => {
    try {
      await files.link(temporary, path)
      return true
    } catch (error) {
      if (!linksUnavailable.has(systemCode(error) ?? '')) throw error
      await writeRecord(files, path, record)
      return true
    }
  }).catch((error: unknown) => {
    const code = systemCode(error)
    if (code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  })
}

function replace(files: FileSystem, base: string, path: string, record: OwnerRecord): Promise<void> {
  return withTemporary(files, base, record, (temporary) => files.rename(temporary, path))
}

async function withTemporary<T>(
  files: FileSystem,
  base: string,
  record: OwnerRecord,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${base}.${randomName()}.tmp`
  try {
    await writeRecord(files, temporary, record)
    return await use(temporary)
  } finally {
    await ifPresent(() => files.unlink(temporary))
  }
}

async function writeRecord(files: FileSystem, path: string, record: OwnerRecord): Promise<void> {
  const file = await files.open(path, 'create')
  try {
    await writeFully(file, Buffer.from(`${JSON.stringify(record)}\n`), 0)
  } finally {
    await file.close()
  }
}

function nonceOf(record: OwnerRecord | 'damaged'): string {
  return record === 'damaged' ? record : record.nonce
}
