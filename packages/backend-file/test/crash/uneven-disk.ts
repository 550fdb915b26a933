import type { FileSystem } from '../../src/disk/file-system.js'
import { seededRandom } from '../simulated-disk/seeded-random.js'
import { between } from './between.js'

/**
 * A disk some of whose calls take longer than others, as the seed decides. Calls that are under way at the same time,
 * such as those of a compaction and of writes beside it, come in another order with another seed.
 */
export function unevenDisk(disk: FileSystem, seed: number): FileSystem {
  const random = seededRandom(seed)
  const later =
    <A extends readonly unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      for (let turns = random.below(12); turns > 0; turns--) await undefined
      return call(...args)
    }
  return between(
    disk,
    (file) => ({ write: later(file.write.bind(file)), sync: later(file.sync.bind(file)) }),
    {
      stat: later(disk.stat.bind(disk)),
      rename: later(disk.rename.bind(disk)),
      link: later(disk.link.bind(disk)),
      unlink: later(disk.unlink.bind(disk)),
      syncDirectory: later(disk.syncDirectory.bind(disk)),
    },
  )
}
