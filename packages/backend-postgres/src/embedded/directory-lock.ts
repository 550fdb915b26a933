import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { MemoryError } from '@holdfast/core'
import { type DirectoryOwner, isAlive, parseOwner, thisProcess } from './directory-owner.js'
import { makeDirectories } from './make-directories.js'

/**
 * Keeps a directory to one open at a time, on one machine: embedded PostgreSQL does not notice a second writer and
 * would be damaged by it.
 *
 * Beside the directory stands `<dir>.lock/` with owner files `owner-<n>`. The highest number holds the lock. It is
 * taken by making number n + 1, which only one process can do, once the owner of n has let go or has died; whoever
 * then finds a higher number than its own has lost. Letting go rewrites the file and leaves it, so a number is never
 * used twice. No clock is involved: embedded PostgreSQL keeps the process too busy to renew anything.
 */
export class DirectoryLock {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws {MemoryError} `LOCKED`, naming the process that has it. */
  static async acquire(dataDir: string): Promise<DirectoryLock> {
    const folder = lockFolder(resolve(dataDir))
    await makeDirectories(folder)
    for (;;) {
      const last = await highest(folder)
      if (last > 0) {
        const owner = await readOwner(ownerPath(folder, last))
        if (owner === undefined) continue
        if (owner !== 'released' && isAlive(owner)) throw lockedBy(owner, dataDir)
      }
      const own = last + 1
      if (!(await claimed(folder, own))) continue
      if ((await highest(folder)) !== own) {
        await rm(ownerPath(folder, own), { force: true })
        continue
      }
      await removeBelow(folder, own)
      return new DirectoryLock(ownerPath(folder, own))
    }
  }

  async release(): Promise<void> {
    const temporary = `${this.#path}.${process.pid}.tmp`
    await writeFile(temporary, JSON.stringify('released'))
    await rename(temporary, this.#path)
  }
}

/** Where the owner files of a directory are. */
export function lockFolder(dataDir: string): string {
  return `${dataDir}.lock`
}

function lockedBy({ pid }: DirectoryOwner, dataDir: string): MemoryError {
  const who = pid === process.pid ? `this process (pid ${pid})` : `the process ${pid}`
  return new MemoryError('LOCKED', `${dataDir} is in use by ${who}; close it there first`)
}

function ownerPath(folder: string, number: number): string {
  return join(folder, `owner-${number}`)
}

/** The file appears with its whole content or not at all. */
async function claimed(folder: string, number: number): Promise<boolean> {
  const temporary = join(folder, `claim-${process.pid}-${Math.random().toString(36).slice(2)}.tmp`)
  await writeFile(temporary, JSON.stringify(thisProcess()), { flag: 'wx' })
  try {
    await link(temporary, ownerPath(folder, number))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

async function highest(folder: string): Promise<number> {
  return Math.max(0, ...(await numbers(folder)))
}

async function numbers(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder)
  return names.flatMap((name) => {
    const match = /^owner-(\d{1,15})$/.exec(name)
    return match ? [Number(match[1])] : []
  })
}

/** `undefined` when a newer owner has removed it meanwhile. */
async function readOwner(path: string): Promise<DirectoryOwner | 'released' | undefined> {
  try {
    return parseOwner(await readFile(path, 'utf8'), path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function removeBelow(folder: string, own: number): Promise<void> {
  for (const number of await numbers(folder)) {
    if (number < own) await rm(ownerPath(folder, number), { force: true })
  }
}
