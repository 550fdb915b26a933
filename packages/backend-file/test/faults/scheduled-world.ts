import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import type { DirectoryLockOptions } from '../../src/lock/directory-lock.js'
import { OpenDirectories } from '../../src/lock/open-directories.js'
import type { SimulatedDisk } from '../simulated-disk/simulated-disk.js'
import type { SimulatedProcess } from './simulated-processes.js'

/** What all processes of one machine share. */
export interface Machine {
  readonly disk: SimulatedDisk
  readonly hasLinks: boolean
  readonly dataDir: string
  kernelHolder: SimulatedProcess | undefined
  /** Told of every rename. */
  readonly onRename: (to: string) => void
}

/**
 * The world of one process. It waits before every call that others could notice or that shows what others did; what
 * is done with a file that is open, and complete, is neither.
 */
export function scheduledWorld(
  machine: Machine,
  self: SimulatedProcess,
  canLockInKernel: boolean,
): DirectoryLockOptions {
  const { disk, dataDir } = machine
  const waiting =
    <A extends readonly unknown[], T>(operation: (...args: A) => Promise<T>) =>
    async (...args: A) => {
      await self.call()
      return operation(...args)
    }
  const opened = (path: string, file: OpenFile): OpenFile => ({
    descriptor: file.descriptor,
    read: (into, position) => file.read(into, position),
    write: waiting((from, position) => file.write(from, position)),
    sync: () => file.sync(),
    truncate: waiting((size) => file.truncate(size)),
    setMode: (mode) => file.setMode(mode),
    stat: () => file.stat(),
    close: async () => {
      if (path === dataDir) {
        await self.call()
        if (machine.kernelHolder === self) machine.kernelHolder = undefined
      }
      await file.close()
    },
  })
  const files: FileSystem = {
    open: waiting(async (path, mode, permissions) => opened(path, await disk.open(path, mode, permissions))),
    stat: waiting((path) => disk.stat(path)),
    readdir: waiting((path) => disk.readdir(path)),
    mkdir: waiting((path) => disk.mkdir(path)),
    rmdir: waiting((path) => disk.rmdir(path)),
    unlink: waiting((path) => disk.unlink(path)),
    rename: waiting(async (from, to) => {
      await disk.rename(from, to)
      machine.onRename(to)
    }),
    link: waiting(async (existing, name) => {
      await disk.stat(existing)
      if (!machine.hasLinks) throw Object.assign(new Error('there are no links'), { code: 'EPERM' })
      await disk.link(existing, name)
    }),
    copy: waiting((from, to) => disk.copy(from, to)),
    syncDirectory: waiting((path) => disk.syncDirectory(path)),
    fileSystemType: (path) => disk.fileSystemType(path),
  }
  const kernelLock = waiting(async () => {
    if (!canLockInKernel) return 'unavailable'
    if (machine.kernelHolder?.canRun && machine.kernelHolder !== self) return 'refused'
    machine.kernelHolder = self
    return 'held'
  })
  return { files, kernelLock, openDirectories: new OpenDirectories(), dataDir }
}
