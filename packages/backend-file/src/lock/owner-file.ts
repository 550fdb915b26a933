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
  readonly #version: string

  private constructor(files: FileSystem, path: string, nonce: string, version: string) {
    this.#files = files
    this.#path = path
    this.#nonce = nonce
    this.#version = version
  }

  /** @returns the holder when there is one that may be alive. */
  static async take(
    files: FileSystem,
    dataDir: string,
    own: Omit<OwnerRecord, 'nonce'>,
  ): Promise<OwnerFile | Holder> {
    const record: OwnerRecord = { ...own, nonce: randomName() }
    const path = `${dataDir}/${privatePaths.owner}`
    const taken = await acquire(files, path, path, record)
    return typeof taken === 'string' ? new OwnerFile(files, path, record.nonce, taken) : taken
  }

  /**
   * Asked twice for every write, so that it costs one `stat` as long as nothing has happened.
   *
   * Device, inode, size and time of the last change are enough to know our file by. Whoever follows us writes a file
   * of his own while ours still has the name, which is therefore another inode. One that comes after him, or after
   * somebody removed ours by hand, may be given our inode's number again, but is written later than ours was. Nobody
   * writes into a file that has the name; who does it by hand changes its time. A name that comes or goes changes
   * none of the four. The opposite does not follow: a restored copy, and any file on a file system that numbers its
   * files anew, looks different and is ours, which its content tells.
   */
  async isOurs(): Promise<boolean> {
    const facts = await ifPresent(() => this.#files.stat(this.#path))
    if (facts === undefined) return false
    if (facts.version === this.#version) return true
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
 * @returns the version of our file, or the holder of the name when there is one that may be alive.
 */
async function acquire(
  files: FileSystem,
  base: string,
  path: string,
  record: OwnerRecord,
): Promise<Holder | string> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    await makeDirectory(files, dirname(base))
    const created = await create(files, base, path, record)
    if (created !== undefined) return created
    const found = await readOwnerRecord(files, path)
    if (found === undefined) continue
    if (!(await isOver(found, record))) return found === 'damaged' ? unknownHolder : found
    // What is damaged has no name of its own, and so may its claim be: that one must have another name again.
    const claim = found === 'damaged' ? `${path}.damaged.claim` : `${base}.${found.nonce}.claim`
    const claimant = await acquire(files, base, claim, record)
    if (typeof claimant !== 'string') return claimant
    try {
      const now = await readOwnerRecord(files, path)
      if (now !== undefined && nonceOf(now) === nonceOf(found)) {
        return await replace(files, base, path, record)
      }
    } finally {
      await ifPresent(() => files.unlink(claim))
    }
  }
  return unknownHolder
}

/** @returns `undefined` when the name is taken, or the directory has just been removed by a holder that left. */
async function create(
  files: FileSystem,
  base: string,
  path: string,
  record: OwnerRecord,
): Promise<string | undefined> {
  return withTemporary(files, base, record, async (temporary, version) => {
    try {
      await files.link(temporary, path)
      return version
    } catch (error) {
      if (!linksUnavailable.has(systemCode(error) ?? '')) throw error
      return writeRecord(files, path, record)
    }
  }).catch((error: unknown) => {
    const code = systemCode(error)
    if (code === 'EEXIST' || code === 'ENOENT') return undefined
    throw error
  })
}

function replace(files: FileSystem, base: string, path: string, record: OwnerRecord): Promise<string> {
  return withTemporary(files, base, record, async (temporary, version) => {
    await files.rename(temporary, path)
    return version
  })
}

async function withTemporary<T>(
  files: FileSystem,
  base: string,
  record: OwnerRecord,
  use: (temporary: string, version: string) => Promise<T>,
): Promise<T> {
  const temporary = `${base}.${randomName()}.tmp`
  try {
    const version = await writeRecord(files, temporary, record)
    return await use(temporary, version)
  } finally {
    await ifPresent(() => files.unlink(temporary))
  }
}

/** @returns the version of the file that was made. */
async function writeRecord(files: FileSystem, path: string, record: OwnerRecord): Promise<string> {
  const file = await files.open(path, 'create')
  try {
    await writeFully(file, Buffer.from(`${JSON.stringify(record)}\n`), 0)
    return (await file.stat()).version
  } finally {
    await file.close()
  }
}

function nonceOf(record: OwnerRecord | 'damaged'): string {
  return record === 'damaged' ? record : record.nonce
}
