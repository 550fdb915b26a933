import type { FileSystem } from '../../src/disk/file-system.js'
import { systemError } from '../simulated-disk/disk-faults.js'
import { between } from './between.js'

/** A disk whose file system has no hard links, as those of memory cards. */
export function withoutLinks(disk: FileSystem): FileSystem {
  return between(disk, () => ({}), {
    link: async (existing) => {
      throw systemError('EPERM', 'link', existing)
    },
  })
}
