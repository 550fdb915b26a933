import { endianness } from 'node:os'
import { dirname, resolve } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { makePath } from '../disk/make-path.js'
import type { ResolvedOptions } from '../file-backend-options.js'
import { dataPaths, privatePaths } from '../layout/store-paths.js'
import { DirectoryLock } from '../lock/directory-lock.js'
import { networkFileSystem } from '../lock/network-file-system.js'
import type { CommitRecord } from '../publish/commit-record.js'
import { Publisher } from '../publish/publisher.js'
import { verifyCommit } from '../publish/roll-forward.js'
import { loadSnapshot } from '../snapshot/load-snapshot.js'
import { closeAll, openDataFiles } from '../snapshot/open-data-files.js'
import type { Snapshot } from '../snapshot/snapshot.js'
import { requireSameModel } from '../write/change-set.js'
import type { Environment } from './environment.js'
import { FileStore, type Writer } from './file-store.js'

/**
 * Opens a store, or makes one. Everything is read and checked before anything is changed on disk; when the open
 * fails, the directory is left as it was.
 */
export function openStore(options: ResolvedOptions, environment: Environment): Promise<FileStore> {
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
): Promise<FileStore> {
  await requireStore(options, environment, dataDir)
  if (options.readOnly) {
    const { snapshot } = await read(options, environment, dataDir)
    return new FileStore(snapshot, undefined, options.logger)
  }
  const made = await onDisk(dataDir, () => makePath(environment.files, dataDir))
  try {
    return await openForWriting(options, environment, dataDir, made)
  } catch (error) {
    for (const path of made.toReversed()) await environment.files.rmdir(path).catch(() => {})
    throw error
  }
}

async function openForWriting(
  options: ResolvedOptions,
  environment: Environment,
  dataDir: string,
  made: readonly string[],
): Promise<FileStore> {
  const { files } = environment
  const durable = options.durability === 'full'
  await refuseNetwork(options, environment, dataDir)
  const lock = await DirectoryLock.take({ ...environment, dataDir })
  let snapshot: Snapshot | undefined
  try {
    const opened = await read(options, environment, dataDir)
    snapshot = opened.snapshot
    const { commit } = opened
    if (commit !== undefined) {
      await onDisk(privatePaths.commit, () => verifyCommit(files, dataDir, commit))
    }
    const publisher = new Publisher(
      { files, dataDir, durable, assertLocked: () => lock.assertHeld(), logger: options.logger },
      commit,
    )
    await onDisk('the last write could not be put in place', () => publisher.finish())
    await onDisk(privatePaths.stage, () => publisher.clean())
    if (durable) {
      for (const path of made) await onDisk(path, () => files.syncDirectory(dirname(path)))
    }
    const store = new FileStore(snapshot, { lock, publisher } satisfies Writer, options.logger)
    await store.write((change) => {
      if (options.dimensions !== undefined) change.setDimensions(options.dimensions)
      if (options.embeddingModel !== undefined) change.setEmbeddingModel(options.embeddingModel)
    }, undefined)
    return store
  } catch (error) {
    await snapshot?.release()
    await lock.release().catch(() => {})
    throw error
  }
}

async function read(
  { dimensions, embeddingModel, logger }: ResolvedOptions,
  environment: Environment,
  dataDir: string,
): Promise<{ snapshot: Snapshot; commit: CommitRecord | undefined }> {
  const { files, commit } = await openDataFiles(environment.files, dataDir)
  let snapshot: Snapshot
  try {
    snapshot = await loadSnapshot(files, logger)
  } catch (error) {
    await closeAll(files)
    throw error
  }
  try {
    const { settings } = snapshot
    if (embeddingModel !== undefined) requireSameModel(settings.embeddingModel, embeddingModel)
    requireAskedDimensions(settings.dimensions, dimensions, embeddingModel?.dimensions)
    return { snapshot, commit }
  } catch (error) {
    await snapshot.release()
    throw error
  }
}

/** @throws {MemoryError} `DIMENSION_MISMATCH`, naming the option. */
function requireAskedDimensions(
  stored: number | undefined,
  dimensions: number | undefined,
  ofModel: number | undefined,
): void {
  const mismatch = (option: string, asked: number, other: string) =>
    new MemoryError('DIMENSION_MISMATCH', `the option ${option} asks for ${asked} dimensions, ${other}`)
  for (const [option, asked] of [
    ['dimensions', dimensions],
    ['embeddingModel', ofModel],
  ] as const) {
    if (asked === undefined || stored === undefined || asked === stored) continue
    throw mismatch(option, asked, `the store has ${stored}`)
  }
  if (dimensions === undefined || ofModel === undefined || dimensions === ofModel) return
  throw mismatch('embeddingModel', ofModel, `the option dimensions for ${dimensions}`)
}

/** One of these names in a directory makes it a store. */
const storeNames: ReadonlySet<string> = new Set([
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

async function refuseNetwork(
  { allowNetworkFileSystem }: ResolvedOptions,
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
