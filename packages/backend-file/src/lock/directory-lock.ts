import { hostname } from 'node:os'
import { MemoryError } from '@holdfast/core'
import { onDisk, systemCode } from '../disk/disk-failure.js'
import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { privatePaths } from '../layout/store-paths.js'
import type { KernelLock } from './kernel-lock.js'
import { networkFileSystem } from './network-file-system.js'
import type { OpenDirectories } from './open-directories.js'
import { OwnerFile } from './owner-file.js'
import type { Obstacle } from './owner-name.js'
import { readOwnerRecord } from './owner-record.js'
import { mayBeAlive, ownIdentity, type ProcessIdentity } from './process-identity.js'

export interface DirectoryLockOptions {
  readonly files: FileSystem
  readonly dataDir: string
  readonly kernelLock: KernelLock
  readonly openDirectories: OpenDirectories
}

const wayOut = 'close the store there, or open it here with readOnly'

/**
 * The right to write to a data directory, for one process at a time.
 *
 * Three walls: a list of the directories this process has open; a kernel lock on the directory itself, which needs no
 * file and ends with the process; and an owner file, which names the holder and keeps out processes that can get no
 * kernel lock. All three must be taken.
 */
export class DirectoryLock {
  readonly #options: DirectoryLockOptions
  readonly #identity: string
  readonly #directory: OpenFile
  readonly #owner: OwnerFile

  private constructor(
    options: DirectoryLockOptions,
    identity: string,
    directory: OpenFile,
    owner: OwnerFile,
  ) {
    this.#options = options
    this.#identity = identity
    this.#directory = directory
    this.#owner = owner
  }

  /** @throws {MemoryError} `LOCKED`, naming the holder; `CONNECTION`. */
  static async take(options: DirectoryLockOptions): Promise<DirectoryLock> {
    const { files, dataDir, openDirectories } = options
    const { identity } = await onDisk(dataDir, () => files.stat(dataDir))
    if (!openDirectories.claim(identity)) throw locked(dataDir, process.pid, hostname())
    let directory: OpenFile | undefined
    try {
      directory = await onDisk(dataDir, () => files.open(dataDir, 'read'))
      const own = await onDisk(dataDir, ownIdentity)
      const hasKernelLock = await lockInKernel(options, directory, own)
      const { identity: now } = await onDisk(dataDir, () => files.stat(dataDir))
      // The lock is on the directory, the files are found by its path.
      if (now !== identity) throw new MemoryError('CONNECTION', `${dataDir} was replaced while it was opened`)
      const type = await onDisk(dataDir, () => files.fileSystemType(dataDir))
      const isOnNetwork = networkFileSystem(type) !== undefined
      const owner = await onDisk(`${dataDir}/${privatePaths.owner}`, () =>
        OwnerFile.take(files, dataDir, { ...own, hasKernelLock }, isOnNetwork),
      )
      if (!(owner instanceof OwnerFile)) throw obstructed(dataDir, owner)
      return new DirectoryLock(options, identity, directory, owner)
    } catch (error) {
      await directory?.close().catch(() => {})
      openDirectories.release(identity)
      throw error
    }
  }

  /**
   * To be called before a commit: a holder that was taken for dead must not write.
   * @throws {MemoryError} `LOCKED`.
   */
  async assertHeld(): Promise<void> {
    if (await this.#owner.isOurs()) return
    throw new MemoryError('LOCKED', `another process has taken over ${this.#options.dataDir}`)
  }

  /** Gives the lock back and leaves nothing of it behind. */
  async release(): Promise<void> {
    const { files, dataDir, openDirectories } = this.#options
    try {
      await this.#owner.remove()
      await files.rmdir(`${dataDir}/${privatePaths.directory}`).catch((error: unknown) => {
        // It stays as long as there is something in it.
        if (!isNotEmpty(error)) throw error
      })
    } finally {
      await this.#directory.close().finally(() => openDirectories.release(this.#identity))
    }
  }
}

function isNotEmpty(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(systemCode(error) ?? '')
}

/**
 * Takes the kernel lock. Refused and yet without a living holder to name, it tries again for a while: the holder has
 * just ended, or is about to write its name, or is only looking whether there is another one.
 * @returns false when there is no such lock.
 * @throws {MemoryError} `LOCKED`; `CONNECTION`.
 */
async function lockInKernel(
  { files, dataDir, kernelLock }: DirectoryLockOptions,
  { descriptor }: OpenFile,
  own: ProcessIdentity,
): Promise<boolean> {
  for (let attempt = 0; attempt < 25; attempt++) {
    const result = await onDisk(`${dataDir} cannot be locked`, () => kernelLock(descriptor))
    if (result !== 'refused') return result === 'held'
    const holder = await onDisk(dataDir, async () => {
      const record = await readOwnerRecord(files, `${dataDir}/${privatePaths.owner}`)
      return typeof record === 'object' && (await mayBeAlive(record, own)) ? record : undefined
    })
    if (holder !== undefined) throw locked(dataDir, holder.pid, holder.host)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new MemoryError('LOCKED', `another process on ${hostname()} writes to ${dataDir}; ${wayOut}`)
}

function obstructed(dataDir: string, obstacle: Obstacle): MemoryError {
  switch (obstacle.kind) {
    case 'process':
      return locked(dataDir, obstacle.pid, obstacle.host)
    case 'damaged':
      return new MemoryError(
        'LOCKED',
        `${obstacle.path} is damaged and cannot tell who writes to ${dataDir}; remove it if nobody does, or open the store with readOnly`,
      )
    case 'crowd':
      return new MemoryError('LOCKED', `many processes are opening ${dataDir} to write; ${wayOut}`)
    default:
      return obstacle satisfies never
  }
}

function locked(dataDir: string, pid: number, host: string): MemoryError {
  return new MemoryError('LOCKED', `process ${pid} on ${host} writes to ${dataDir}; ${wayOut}`)
}
