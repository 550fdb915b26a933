import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { randomName } from '../disk/random-name.js'
import { privatePaths } from '../layout/store-paths.js'
import { type Obstacle, takeName } from './owner-name.js'
import { type OwnerRecord, readOwnerRecord } from './owner-record.js'

/**
 * The file that says who writes to a store. It appears with its content, under an exclusive name, so that of two
 * processes one gets it: see {@link takeName}.
 */
export class OwnerFile {
  readonly #files: FileSystem
  readonly #path: string
  readonly #nonce: string
  readonly #version: string

  private constructor(files: FileSystem, path: string, nonce: string, version: string) {
    this.#files = files
    this.#path = path
    this.#nonce = nonce
    this.#version = version
  }

  /**
   * @param isOnNetwork whether other machines may use the directory.
   * @returns what stands in the way, if something does.
   */
  static async take(
    files: FileSystem,
    dataDir: string,
    own: Omit<OwnerRecord, 'nonce'>,
    isOnNetwork = false,
  ): Promise<OwnerFile | Obstacle> {
    const record: OwnerRecord = { ...own, nonce: randomName() }
    const path = `${dataDir}/${privatePaths.owner}`
    const taken = await takeName({ files, base: path, own: record, isOnNetwork }, path)
    return typeof taken === 'string' ? new OwnerFile(files, path, record.nonce, taken) : taken
  }

  /**
   * Asked twice for every write, so that it costs one `stat` as long as nothing has happened.
   *
   * Device, inode, size and time of the last change are enough to know our file by. Whoever follows us writes a file
   * of his own while ours still has the name, which is therefore another inode. One that comes after him, or after
   * somebody removed ours by hand, may be given our inode's number again, but is written later than ours was. Nobody
   * writes into a file that has the name; who does it by hand changes its time. A name that comes or goes changes
   * none of the four. The opposite does not follow: a restored copy, and any file on a file system that numbers its
   * files anew, looks different and is ours, which its content tells.
   */
  async isOurs(): Promise<boolean> {
    const facts = await ifPresent(() => this.#files.stat(this.#path))
    if (facts === undefined) return false
    if (facts.version === this.#version) return true
    const found = await readOwnerRecord(this.#files, this.#path)
    return found !== undefined && found !== 'damaged' && found.nonce === this.#nonce
  }

  /** Removes the file, unless it is somebody else's by now. */
  async remove(): Promise<void> {
    if (await this.isOurs()) await ifPresent(() => this.#files.unlink(this.#path))
  }
}
