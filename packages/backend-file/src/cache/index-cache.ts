import type { Logger, RecordKind } from '@holdfast/core'
import type { DataFile } from '../base/open-data-files.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { makeDirectory } from '../disk/make-path.js'
import { writePieces } from '../disk/pieces.js'
import { randomName } from '../disk/random-name.js'
import { StoredFile } from '../disk/stored-file.js'
import type { FileIdentity } from '../layout/base-record.js'
import { privatePaths } from '../layout/store-paths.js'
import type { ElementColumns } from '../records/element-columns.js'
import { formatIndexFile, type IndexSource, readIndexFile } from './index-file.js'

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
}

/** By kind: the only names in the directory that mean something. */
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
  readonly #directory: string
  readonly #logger: Logger
  #writing: Promise<void> = Promise.resolve()

  constructor({ files, dataDir, logger, isWritable }: IndexCacheOptions) {
    this.#files = files
    this.#directory = `${dataDir}/${privatePaths.cache}`
    this.#logger = logger
    this.isWritable = isWritable
  }

  /**
   * What is known of a file.
   * @param recorded what the base record says of the file, after it was found to be that file.
   */
  async read(
    kind: RecordKind,
    { file, version }: DataFile,
    recorded: FileIdentity | undefined,
  ): Promise<Omit<IndexedElements, 'mode'> | undefined> {
    const accepts = (source: IndexSource) =>
      source.size === file.size &&
      (typeof recorded?.crc32 === 'number'
        ? source.crc32 === recorded.crc32
        : source.isSettled && source.version === version)
    try {
      const opened = await ifPresent(() => this.#files.open(`${this.#directory}/${names[kind]}`, 'read'))
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
    const target = `${this.#directory}/${names[kind]}`
    if (elements.count === 0) {
      await ifPresent(() => this.#files.unlink(target))
      return
    }
    await makeDirectory(this.#files, this.#directory)
    await this.#clean()
    const temporary = `${this.#directory}/${randomName()}-${names[kind]}`
    try {
      const file = await this.#files.open(temporary, 'create', mode)
      try {
        await file.setMode(mode)
        await writePieces(file, formatIndexFile(elements, source))
      } finally {
        await file.close()
      }
      await this.#files.rename(temporary, target)
    } catch (error) {
      // The one that is there describes a file of the past, and names records that may be gone.
      for (const path of [temporary, target]) await ifPresent(() => this.#files.unlink(path)).catch(() => {})
      throw error
    }
  }

  /** Removes what a process that has ended was about to write. */
  async #clean(): Promise<void> {
    const known: readonly string[] = Object.values(names)
    for (const name of await this.#files.readdir(this.#directory)) {
      if (!known.includes(name)) await ifPresent(() => this.#files.unlink(`${this.#directory}/${name}`))
    }
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
