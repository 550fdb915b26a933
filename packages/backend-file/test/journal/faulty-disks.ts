import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'

/** What a wrong program would do with one open file; `path` is the one it was opened by. */
type FileFaults = (file: OpenFile, path: string) => Partial<Pick<OpenFile, 'sync' | 'write' | 'truncate'>>

function withFiles(disk: FileSystem, faults: FileFaults, others: Partial<FileSystem> = {}): FileSystem {
  return {
    open: async (path, mode, permissions) => {
      const file = await disk.open(path, mode, permissions)
      return {
        descriptor: file.descriptor,
        read: (into, position) => file.read(into, position),
        write: (from, position) => file.write(from, position),
        sync: () => file.sync(),
        truncate: (size) => file.truncate(size),
        setMode: (permission) => file.setMode(permission),
        stat: () => file.stat(),
        close: () => file.close(),
        ...faults(file, path),
      }
    },
    stat: (path) => disk.stat(path),
    readdir: (path) => disk.readdir(path),
    mkdir: (path) => disk.mkdir(path),
    rmdir: (path) => disk.rmdir(path),
    rename: (from, to) => disk.rename(from, to),
    link: (existing, name) => disk.link(existing, name),
    unlink: (path) => disk.unlink(path),
    copy: (from, to) => disk.copy(from, to),
    syncDirectory: (path) => disk.syncDirectory(path),
    fileSystemType: (path) => disk.fileSystemType(path),
    ...others,
  }
}

/** Programming errors, as disks through which a right program makes them. */
export const seededBugs = {
  'no bug': (disk: FileSystem) => withFiles(disk, () => ({})),
  'a write is acknowledged before its sync': (disk: FileSystem) =>
    withFiles(disk, (file) => {
      let isDue = false
      return {
        sync: async () => {
          isDue = true
        },
        write: async (from, position) => {
          if (isDue) await file.sync()
          isDue = false
          return file.write(from, position)
        },
      }
    }),
  'files are not synced': (disk: FileSystem) => withFiles(disk, () => ({ sync: async () => {} })),
  'a failed sync is tried again': (disk: FileSystem) =>
    withFiles(disk, (file) => ({ sync: () => file.sync().catch(() => file.sync()) })),
  'directories are not synced': (disk: FileSystem) =>
    withFiles(disk, () => ({}), { syncDirectory: async () => {} }),
  'a new file gets its name before its sync': (disk: FileSystem) =>
    withFiles(disk, (file, path) => {
      let isFirst = path.endsWith('.new')
      return {
        sync: async () => {
          if (!isFirst) await file.sync()
          isFirst = false
        },
      }
    }),
  'cutting off a rejected write is not synced': (disk: FileSystem) =>
    withFiles(disk, (file) => {
      let isCut = false
      return {
        truncate: (size) => {
          isCut = true
          return file.truncate(size)
        },
        sync: async () => {
          if (!isCut) await file.sync()
          isCut = false
        },
      }
    }),
} as const satisfies Readonly<Record<string, (disk: FileSystem) => FileSystem>>

export type SeededBug = keyof typeof seededBugs
