import * as fs from 'node:fs'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, readdir, rename, rmdir, stat, statfs, unlink } from 'node:fs/promises'
import type { FileFacts, FileSystem, OpenFile, OpenMode } from './file-system.js'

const flags = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
} as const satisfies Record<OpenMode, number>

/** Errors with which Windows, and some mounted file systems, say that a directory cannot be synced at all. */
const directorySyncUnavailable = new Set(['EISDIR', 'EPERM', 'EINVAL', 'EACCES'])

/** The real disk. Plain descriptors instead of `FileHandle`: a search makes many small reads. */
export const nodeFileSystem: FileSystem = {
  async open(path, mode, permissions = 0o666) {
    return openFile(
      await new Promise<number>((resolve, reject) => {
        fs.open(path, flags[mode], permissions, (error, descriptor) =>
          error ? reject(error) : resolve(descriptor),
        )
      }),
    )
  },
  async stat(path) {
    return facts(await stat(path, { bigint: true }))
  },
  readdir(path) {
    return readdir(path)
  },
  async mkdir(path) {
    await mkdir(path)
  },
  rmdir,
  rename,
  link,
  unlink,
  copy(from, to) {
    return copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  },
  async syncDirectory(path) {
    if (process.platform === 'win32') return
    const directory = await this.open(path, 'read')
    try {
      await directory.sync()
    } catch (error) {
      if (process.platform !== 'linux' && isUnavailable(error)) return
      throw error
    } finally {
      await directory.close()
    }
  },
  async fileSystemType(path) {
    return (await statfs(path)).type
  },
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && directorySyncUnavailable.has(String(error.code))
}

function openFile(descriptor: number): OpenFile {
  return {
    descriptor,
    read: (into, position) =>
      new Promise((resolve, reject) => {
        fs.read(descriptor, into, 0, into.length, position, (error, count) =>
          error ? reject(error) : resolve(count),
        )
      }),
    write: (from, position) =>
      new Promise((resolve, reject) => {
        fs.write(descriptor, from, 0, from.length, position, (error, count) =>
          error ? reject(error) : resolve(count),
        )
      }),
    sync: () => settle((done) => fs.fsync(descriptor, done)),
    truncate: (size) => settle((done) => fs.ftruncate(descriptor, size, done)),
    setMode: (mode) => settle((done) => fs.fchmod(descriptor, mode, done)),
    stat: () =>
      new Promise((resolve, reject) => {
        fs.fstat(descriptor, { bigint: true }, (error, stats) =>
          error ? reject(error) : resolve(facts(stats)),
        )
      }),
    close: () => settle((done) => fs.close(descriptor, done)),
  }
}

function settle(start: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}

function facts(stats: fs.BigIntStats): FileFacts {
  const identity = `${stats.dev}:${stats.ino}`
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    size: Number(stats.size),
    mode: Number(stats.mode & 0o777n),
    identity,
    version: `${identity}:${stats.size}:${stats.mtimeNs}`,
    modified: String(stats.mtimeNs),
    changed: String(stats.ctimeNs),
  }
}
