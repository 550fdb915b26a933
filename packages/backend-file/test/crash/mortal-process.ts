import type { FileSystem, OpenFile } from '../../src/disk/file-system.js'
import { between } from './between.js'

/** A disk as one process uses it, and the end of that process. */
export interface MortalProcess {
  readonly files: FileSystem
  /** From now on none of its calls happens, and nothing that waits for one goes on. */
  readonly kill: () => void
}

export function mortalProcess(disk: FileSystem): MortalProcess {
  let isAlive = true
  const open = new Set<OpenFile>()
  const never = new Promise<never>(() => {})
  const alive =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (!isAlive) return never
      try {
        return await call(...args)
      } finally {
        if (!isAlive) await never
      }
    }
  const files = between(
    disk,
    (file) => {
      // What was being opened when the process ended is closed too.
      if (isAlive) open.add(file)
      else void file.close().catch(() => {})
      return {
        read: alive(file.read.bind(file)),
        write: alive(file.write.bind(file)),
        sync: alive(file.sync.bind(file)),
        truncate: alive(file.truncate.bind(file)),
        setMode: alive(file.setMode.bind(file)),
        stat: alive(file.stat.bind(file)),
        close: alive(() => {
          open.delete(file)
          return file.close()
        }),
      }
    },
    {
      stat: alive(disk.stat.bind(disk)),
      readdir: alive(disk.readdir.bind(disk)),
      mkdir: alive(disk.mkdir.bind(disk)),
      rmdir: alive(disk.rmdir.bind(disk)),
      rename: alive(disk.rename.bind(disk)),
      link: alive(disk.link.bind(disk)),
      unlink: alive(disk.unlink.bind(disk)),
      copy: alive(disk.copy.bind(disk)),
      syncDirectory: alive(disk.syncDirectory.bind(disk)),
      fileSystemType: alive(disk.fileSystemType.bind(disk)),
    },
  )
  return {
    files: { ...files, open: alive(files.open) },
    kill: () => {
      isAlive = false
      // As the system does for it.
      for (const file of open) void file.close().catch(() => {})
    },
  }
}
