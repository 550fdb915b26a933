import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'

/** What is done otherwise with one open file; `path` is the one it was opened by. */
export type FileChanges = (file: OpenFile, path: string) => Partial<Omit<OpenFile, 'descriptor'>>

/** Stands between a program and a disk, and passes on what it does not change. */
export function between(
  disk: FileSystem,
  changes: FileChanges,
  others: Partial<FileSystem> = {},
): FileSystem {
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
        ...changes(file, path),
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
