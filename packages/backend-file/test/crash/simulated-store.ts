import type { FileSystem } from '../../src/disk/file-system.js'
import type { FileBackendOptions } from '../../src/file-backend-options.js'
import { FileBackend } from '../../src/index.js'
import { OpenDirectories } from '../../src/lock/open-directories.js'

export const dataDir = '/store'

/** Bytes of a journal that no history reaches. */
export const neverCompacts = 2 ** 40

export interface SimulatedWorld {
  /** Which start of the machine it is. */
  readonly bootId: string
  /** Bytes that a journal may have before it is compacted by itself. */
  readonly smallJournal?: number
  /** Bytes of a file of records below which nothing about it is kept. Default: more than a history writes. */
  readonly smallTexts?: number
}

/** Opens the store of a simulated disk, as a process that is alone there. Nothing is put off: no timer ever fires. */
export function openSimulated(
  files: FileSystem,
  { bootId, smallJournal = neverCompacts, smallTexts = 2 ** 20 }: SimulatedWorld,
  options: Partial<FileBackendOptions> = {},
): Promise<FileBackend> {
  const environment = {
    files,
    kernelLock: async () => 'held' as const,
    openDirectories: new OpenDirectories(),
    bootId: async () => bootId,
    schedule: () => () => {},
    smallJournal,
    smallTexts,
  }
  return FileBackend.openIn(environment, { dataDir, ...options })
}
