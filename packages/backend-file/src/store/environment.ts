import type { FileSystem } from '../disk/file-system.js'
import { nodeFileSystem } from '../disk/node-file-system.js'
import { flockCommand, type KernelLock } from '../lock/kernel-lock.js'
import { OpenDirectories } from '../lock/open-directories.js'

/** What a store needs of the world around it; a simulated one takes its place in tests. */
export interface Environment {
  readonly files: FileSystem
  readonly kernelLock: KernelLock
  readonly openDirectories: OpenDirectories
}

/** The real world, once for the whole process. */
export const nodeEnvironment: Environment = {
  files: nodeFileSystem,
  kernelLock: flockCommand,
  openDirectories: new OpenDirectories(),
}
