import type { FileSystem } from '../../src/disk/file-system.js'
import { between } from './between.js'

const journals = '/store/.holdfast/journal'

/** Programming errors, as disks through which a right program makes them. */
export const wrongDisks = {
  'no bug': (disk: FileSystem) => between(disk, () => ({})),
  'directories are not synced': (disk: FileSystem) =>
    between(disk, () => ({}), { syncDirectory: async () => {} }),
  'a write is acknowledged before its sync': (disk: FileSystem) =>
    between(disk, (file, path) => {
      if (!path.includes('/journal/')) return {}
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
  'files are put in place before they are synced': (disk: FileSystem) =>
    syncedAfter(disk, /\.holdfast$|^.*stage\//),
  'a commit is made before its files are synced': (disk: FileSystem) => syncedAfter(disk, /-commit\.json$/),
  'journals are removed before the commit': (disk: FileSystem) =>
    between(disk, () => ({}), {
      open: async (path, mode, permissions) => {
        if (path.endsWith('-commit.json')) {
          const names = await disk.readdir(journals).catch(() => [])
          const logs = names.filter((name) => name.endsWith('.log')).sort()
          for (const name of logs) await disk.unlink(`${journals}/${name}`)
        }
        return disk.open(path, mode, permissions)
      },
    }),
  'a failed sync is tried again': (disk: FileSystem) =>
    between(disk, (file) => ({ sync: () => file.sync().catch(() => file.sync()) })),
} as const satisfies Readonly<Record<string, (disk: FileSystem) => FileSystem>>

export type WrongDisk = keyof typeof wrongDisks

/** Staged files are synced only when something of this name has been renamed. */
function syncedAfter(disk: FileSystem, renamed: RegExp): FileSystem {
  const due: (() => Promise<void>)[] = []
  return between(
    disk,
    (file, path) => {
      if (!path.includes('/stage/') || path.endsWith('-commit.json')) return {}
      return {
        sync: async () => {
          due.push(() => file.sync())
        },
      }
    },
    {
      rename: async (from, to) => {
        await disk.rename(from, to)
        if (renamed.test(from)) for (const sync of due.splice(0)) await sync().catch(() => {})
      },
    },
  )
}
