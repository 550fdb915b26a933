import type { Logger, RecordKind } from '@holdfast/core'
import type { DataFile } from '../base/open-data-files.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import type { FileIdentity } from '../layout/base-record.js'
import { privatePaths } from '../layout/store-paths.js'
import type { ElementColumns } from '../records/element-columns.js'
import { fileVersion } from './file-version.js'
import { formatIndexFile, type IndexSource, readIndexFile } from './index-file.js'
import { partOf, writeCacheFile } from './write-cache-file.js'

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
    const accepts = (source: IndexSource) =>
      source.size === found.file.size &&
      (typeof recorded?.crc32 === 'number'
        ? source.crc32 === recorded.crc32
        : source.isSettled && source.version === fileVersion(found))
    try {
      const opened = await ifPresent(() => this.#files.open(this.#path(kind), 'read'))
      if (opened === undefined) return undefined
      try {
        const { size } = await opened.stat()
        return await readIndexFile(
          new StoredFile(`${privatePaths.cache}/${names[kind]}`, size, opened),
          accepts,
        )
      } finally {
        await opened.close()
      }
    } catch (error) {
      this.#logger.debug(`${names[kind]} cannot be read, and is left out: ${String(error)}`)
      return undefined
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
      // Also what a process that has ended was about to write: it names records that are gone.
      for (const path of [this.#path(kind), partOf(this.#path(kind))]) {
        await ifPresent(() => this.#files.unlink(path))
      }
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

/** Milliseconds within which a file may be changed twice and say that it was changed at the same time. */
const clockStep = 2_000

/**
 * Whether a file whose last change was then cannot be changed again without showing another time.
 * @param modified see `FileFacts`; nanoseconds.
 * @param now milliseconds.
 */
export function isSettled(modified: string, now: number): boolean {
  return Number(modified) / 1_000_000 + clockStep < now
}
