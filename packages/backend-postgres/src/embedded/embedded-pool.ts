import { existsSync } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Logger, MemoryError } from '@holdfast/core'
import pg from 'pg'
import type { PoolLease } from '../connection/pool-lease.js'
import { DirectoryLock, lockFolder } from './directory-lock.js'
import { makeDirectories } from './make-directories.js'
import { openingError } from './opening-error.js'

/**
 * PostgreSQL with pgvector inside this process, its files in `dataDir`, behind a pool of one connection.
 *
 * What is promised: a resolved write survives the end of the process, however it ends. What is not: it does not call
 * fsync, so a power failure can lose or damage it; keep an export elsewhere.
 * @throws {MemoryError} `BACKEND_NOT_INSTALLED`, `LOCKED`, `CONNECTION` when there is no database and `create` is
 * false, when the directory holds something else, or when it cannot be opened; `NO_SPACE` when the disk is full.
 */
export async function openEmbeddedPool(dataDir: string, create: boolean, logger: Logger): Promise<PoolLease> {
  const packages = await loadPackages()
  try {
    return await openLocked(await trueDirectory(resolve(dataDir), create), packages, logger)
  } catch (error) {
    throw openingError(error, resolve(dataDir))
  }
}

/** The directory behind all links, so that it has one lock whatever it is called; the ones above it are made. */
async function trueDirectory(directory: string, create: boolean): Promise<string> {
  if (!create && (await listed(directory)).length === 0) {
    throw new MemoryError('CONNECTION', `there is no database in ${directory}`)
  }
  const existing = await realpathOf(directory)
  if (existing !== undefined) {
    await refuseUnlockedForeign(existing)
    return existing
  }
  await makeDirectories(dirname(directory))
  return join(await realpath(dirname(directory)), basename(directory))
}

async function openLocked(
  directory: string,
  packages: Awaited<ReturnType<typeof loadPackages>>,
  logger: Logger,
): Promise<PoolLease> {
  const lock = await DirectoryLock.acquire(directory)
  try {
    await refuseForeign(directory)
    await makeDirectories(directory)
    const lite = await packages.PGlite.create(directory, { extensions: { vector: packages.vector } })
    // An idle connection must stay: there is only this one, and closing it would not close the database.
    const pool = new pg.Pool({
      ...packages.createPgConfig(lite),
      idleTimeoutMillis: 0,
    } as unknown as pg.PoolConfig)
    return {
      pool,
      embedded: true,
      isCallers: false,
      async end() {
        try {
          await pool.end()
          await lite.close()
        } finally {
          await lock.release()
        }
      },
    }
  } catch (cause) {
    await lock
      .release()
      .catch((error: unknown) => logger.warn(`the lock could not be released: ${String(error)}`))
    throw cause
  }
}

async function loadPackages() {
  try {
    const [{ PGlite }, { createPgConfig }, { vector }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/node-postgres'),
      import('@electric-sql/pglite-pgvector'),
    ])
    return { PGlite, createPgConfig, vector }
  } catch (cause) {
    throw new MemoryError(
      'BACKEND_NOT_INSTALLED',
      'embedded PostgreSQL needs two packages: npm install @electric-sql/pglite@0.5.14 @electric-sql/pglite-pgvector@0.0.15',
      { cause },
    )
  }
}

/** Files of another program are left alone, also what an interrupted first open left behind. */
async function refuseForeign(directory: string): Promise<void> {
  const names = await listed(directory)
  if (names.length > 0 && !names.includes('PG_VERSION')) {
    throw new MemoryError(
      'CONNECTION',
      `${directory} holds something else than a whole embedded PostgreSQL database`,
    )
  }
}

/**
 * The same without the lock, so that a misspelt path leaves no lock folder behind. Where there is one, the files may be
 * a database that another process is making: then only the one who holds the lock can tell.
 */
async function refuseUnlockedForeign(directory: string): Promise<void> {
  try {
    await refuseForeign(directory)
  } catch (error) {
    if (!existsSync(lockFolder(directory))) throw error
  }
}

/** `undefined` when there is nothing yet; a link to nothing is something. */
async function realpathOf(path: string): Promise<string | undefined> {
  try {
    await lstat(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
  return realpath(path)
}

async function listed(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    const isFile = cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR'
    throw new MemoryError('CONNECTION', `${directory} ${isFile ? 'is not a directory' : 'cannot be read'}`, {
      cause,
    })
  }
}
