import { endianness } from 'node:os'
import { resolve } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { makePath } from '../disk/make-path.js'
import type { ResolvedOptions } from '../file-backend-options.js'
import { dataPaths, privatePaths } from '../layout/store-paths.js'
import { networkFileSystem } from '../lock/network-file-system.js'
import type { Environment } from './environment.js'
import { FollowingStore } from './following-store.js'
import { requireAsked } from './open-base.js'
import { openWritable } from './open-writable.js'
import type { OpenedStore } from './opened-store.js'

/** Opens a store, or makes one. When the open fails, no directory is left that was made for it. */
export function openStore(options: ResolvedOptions, environment: Environment): Promise<OpenedStore> {
  if (endianness() !== 'LE') {
    throw new MemoryError('NOT_SUPPORTED', 'vectors are little-endian, this machine is not')
  }
  const dataDir = resolve(options.dataDir)
  return onDisk(`${dataDir} cannot be opened`, () => openIn(options, environment, dataDir))
}

async function openIn(
  options: ResolvedOptions,
  environment: Environment,
  dataDir: string,
): Promise<OpenedStore> {
  await requireStore(options, environment, dataDir)
  if (options.readOnly) return openFollowing(options, environment, dataDir)
  const made = await onDisk(dataDir, () => makePath(environment.files, dataDir))
  try {
    await refuseNetwork(options, environment, dataDir)
    return await openWritable({ options, environment, dataDir, made })
  } catch (error) {
    for (const path of made.toReversed()) await environment.files.rmdir(path).catch(() => {})
    throw error
  }
}

async function openFollowing(
  options: ResolvedOptions,
  { files, bootId }: Environment,
  dataDir: string,
): Promise<OpenedStore> {
  const { logger, damagedJournal, memoryBudget } = options
  const reader = { files, dataDir, bootId: await bootId(), logger, damagedJournal, memoryBudget }
  const store = await FollowingStore.open(reader)
  try {
    requireAsked(store.settings, options)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** One of these names in a directory makes it a store. */
export const storeNames: ReadonlySet<string> = new Set([
  ...dataPaths.map((path) => path.split('/')[0] ?? path),
  privatePaths.directory,
])

/** @throws {MemoryError} `CONNECTION` when there is no store and none may be made, or something else is there. */
async function requireStore(
  { create }: ResolvedOptions,
  { files }: Environment,
  dataDir: string,
): Promise<void> {
  const facts = await onDisk(dataDir, () => ifPresent(() => files.stat(dataDir)))
  if (facts !== undefined && facts.kind !== 'directory') {
    throw new MemoryError('CONNECTION', `${dataDir} is not a directory`)
  }
  const names = facts && (await onDisk(dataDir, () => files.readdir(dataDir)))
  if (names === undefined) {
    if (create) return
    throw new MemoryError('CONNECTION', `there is no directory ${dataDir}`)
  }
  if (names.some((name) => storeNames.has(name))) return
  if (!create) throw new MemoryError('CONNECTION', `there is no store in ${dataDir}`)
  // Systems put hidden files, and lost+found, into directories that their users call empty.
  if (names.every((name) => name.startsWith('.') || name === 'lost+found')) return
  throw new MemoryError('CONNECTION', `there is no store in ${dataDir}; choose an empty directory`)
}

/** @throws {MemoryError} `NOT_SUPPORTED` where a lock may not keep other machines out, unless that is allowed. */
export async function refuseNetwork(
  { allowNetworkFileSystem }: Pick<ResolvedOptions, 'allowNetworkFileSystem'>,
  { files }: Environment,
  dataDir: string,
): Promise<void> {
  if (allowNetworkFileSystem) return
  const name = networkFileSystem(await onDisk(dataDir, () => files.fileSystemType(dataDir)))
  if (name === undefined) return
  throw new MemoryError(
    'NOT_SUPPORTED',
    `${dataDir} is on ${name}, where a lock may not keep other machines out; the option allowNetworkFileSystem allows it`,
  )
}
