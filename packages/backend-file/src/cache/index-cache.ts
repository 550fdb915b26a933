import type { Logger, RecordKind } from '@holdfast/core'
import type { DataFile } from '../base/open-data-files.js'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { FileIdentity } from '../layout/base-record.js'
import { privatePaths } from '../layout/store-paths.js'
import type { ElementColumns } from '../records/element-columns.js'
import { isSource } from './cache-source.js'
import { formatIndexFile, type IndexSource, readIndexFile } from './index-file.js'
import { removeCacheFile, writeCacheFile } from './write-cache-file.js'

/** What is known of a file of records, and which file that is. */
export interface IndexedElements {
  readonly elements: ElementColumns
  readonly source: IndexSource
  /** Permission bits of that file: who may not read it may not read what is known of it. */
  readonly mode: number
}

export interface IndexCacheOptions {
  readonly files: FileSystem
  readonly dataDir: string
  readonly logger: Logger
  /** Only for who holds the lock. */
  readonly isWritable: boolean
  /** Bytes of a file of records below which reading it again costs less than another file. Default: 1 MiB. */
  readonly smallTexts?: number | undefined
}

/** Other names in the directory belong to other derived data. */
const names = { nodes: 'nodes.index', episodes: 'episodes.index' } as const satisfies Record<
  RecordKind,
  string
>

/**
 * What opens of a store have found out about its files of records, kept for later ones. It is derived and never
 * trusted: what is missing, damaged, or describes another file is as if it were not there. Nothing is synced, since
 * what a crash leaves of a file does not have its checksum. No call ever rejects.
 */
export class IndexCache {
  readonly isWritable: boolean
  readonly #files: FileSystem
  readonly #smallTexts: number
  readonly #dataDir: string
  readonly #logger: Logger
  #writing: Promise<void> = Promise.resolve()

  constructor({ files, dataDir, logger, isWritable, smallTexts = 2 ** 20 }: IndexCacheOptions) {
    this.#smallTexts = smallTexts
    this.#files = files
    this.#dataDir = dataDir
    this.#logger = logger
    this.isWritable = isWritable
  }

  /**
   * What is known of a file.
   * @param recorded what the base record says of the file, after it was found to be that file.
   */
  async read(
    kind: RecordKind,
    found: DataFile,
    recorded: FileIdentity | undefined,
  ): Promise<Omit<IndexedElements, 'mode'> | undefined> {
    const { size } = found.file
    let file: StoredFile | undefined
    try {
      file = await openStored(this.#files, this.#path(kind), `${privatePaths.cache}/${names[kind]}`)
      return (
        file &&
        (await readIndexFile(file, (source) =>
          isSource(source, found, { size, crc32: recorded?.crc32 ?? null }),
        ))
      )
    } catch (error) {
      this.#logger.debug(`${names[kind]} cannot be read, and is left out: ${String(error)}`)
      return undefined
    } finally {
      await file?.release().catch(() => {})
    }
  }

  /** Keeps what is known of a file for the next open, in the background. The arrays must not change any more. */
  write(kind: RecordKind, indexed: IndexedElements): void {
    this.#writing = this.#writing
      .then(() => this.#write(kind, indexed))
      .catch((error: unknown) => {
        this.#logger.debug(`${names[kind]} cannot be written, and is left out: ${String(error)}`)
      })
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing
  }

  async #write(kind: RecordKind, { elements, source, mode }: IndexedElements): Promise<void> {
    if (elements.count === 0 || source.size < this.#smallTexts) {
      await removeCacheFile(this.#files, this.#dataDir, names[kind])
      return
    }
    await writeCacheFile(this.#files, this.#dataDir, {
      name: names[kind],
      mode,
      pieces: formatIndexFile(elements, source),
    })
  }

  #path(kind: RecordKind): string {
    return `${this.#dataDir}/${privatePaths.cache}/${names[kind]}`
  }
}
