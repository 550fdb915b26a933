import type { FileSystem } from '../disk/file-system.js'
import { nodeFileSystem } from '../disk/node-file-system.js'
import type { Schedule } from '../journal/durability.js'
import { flockCommand, type KernelLock } from '../lock/kernel-lock.js'
import { OpenDirectories } from '../lock/open-directories.js'
import { ownIdentity } from '../lock/process-identity.js'

/** What a store needs of the world around it; a simulated one takes its place in tests. */
export interface Environment {
  readonly files: FileSystem
  readonly kernelLock: KernelLock
  readonly openDirectories: OpenDirectories
  /** Changes when the machine is started anew; empty where nobody can tell. */
  readonly bootId: () => Promise<string>
  /** How syncs are put off in the mode `normal`. Default: with a timer. */
  readonly schedule?: Schedule
  /** Words of a scope below which its word index is not kept on disk. Default: 100,000. */
  readonly smallScope?: number
  /** Bytes of a file of records below which what an opening has found out about it is not kept. Default: 1 MiB. */
  readonly smallTexts?: number
  /** Int8 copies of vectors below which they are not kept on disk. Default: 4,096. */
  readonly fewCopies?: number
  /** Bytes that a journal may have before it is compacted, if the files are not larger still. */
  readonly smallJournal: number
}

/** The real world, once for the whole process. */
export const nodeEnvironment: Environment = {
  files: nodeFileSystem,
  kernelLock: flockCommand,
  openDirectories: new OpenDirectories(),
  bootId: async () => (await ownIdentity()).bootId ?? '',
  smallJournal: 32 * 1024 * 1024,
}
