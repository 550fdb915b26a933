import { type Logger, MemoryError } from '@holdfast/core'
import type { FileSystem } from '../disk/file-system.js'
import { DirectoryLock } from '../lock/directory-lock.js'
import { Publisher } from '../publish/publisher.js'
import type { Environment } from '../store/environment.js'

/** Where repairs work. */
export interface RepairPlace {
  readonly environment: Environment
  readonly files: FileSystem
  /** Absolute. */
  readonly dataDir: string
  readonly logger: Logger
  readonly allowNetworkFileSystem: boolean
}

/** A repair's hold on a directory: the writer's lock. */
export interface RepairContext extends RepairPlace {
  /** Throws when the lock is no longer ours. Asked before anything is changed. */
  readonly assertLocked: () => Promise<void>
}

/** Does one thing under the writer's lock. @throws {MemoryError} `LOCKED`. */
export async function withLock<T>(
  place: RepairPlace,
  use: (context: RepairContext) => Promise<T>,
): Promise<T> {
  const { environment, dataDir } = place
  const lock = await DirectoryLock.take({ ...environment, dataDir })
  let result: T
  try {
    result = await use({ ...place, assertLocked: () => lock.assertHeld() })
  } catch (error) {
    await lock.release().catch(() => {})
    throw error
  }
  await lock.release()
  return result
}

/**
 * Brings a publication that was interrupted to its end, as any open does first: what a repair is to work on are the
 * files in their places.
 */
export async function finishPublication({
  files,
  dataDir,
  logger,
  assertLocked,
}: RepairContext): Promise<void> {
  try {
    await new Publisher({ files, dataDir, durable: true, assertLocked, logger }).recover(true)
  } catch (error) {
    if (!(error instanceof MemoryError) || error.code !== 'CORRUPT') throw error
    throw new MemoryError(error.code, `${error.message}: this has to be repaired first`, { cause: error })
  }
}

/** Why a repair that was asked for cannot be done. Nothing has changed then. */
export function impossible(why: string): MemoryError {
  return new MemoryError('NOT_SUPPORTED', why)
}
