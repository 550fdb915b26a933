import { createHash } from 'node:crypto'
import type { Logger } from '@holdfast/core'
import { writeCacheFile } from '../cache/write-cache-file.js'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { openStored } from '../disk/open-stored.js'
import type { StoredFile } from '../disk/stored-file.js'
import { privatePaths } from '../layout/store-paths.js'
import type { WorkSlices } from '../records/work-slices.js'
import { formatKeywordFile, type KeywordFile, readKeywordFile, readKeywordOffsets } from './keyword-file.js'
import type { PublishedTexts } from './published-texts.js'

const prefix = 'words-'

/**
 * Word indexes on disk, one file a scope. A file belongs to one published file of texts, which its name and its head
 * say, and counts for nothing when it does not, or is damaged. Nothing that goes wrong here fails anybody.
 */
export class KeywordCache {
  readonly #files: FileSystem
  readonly #dataDir: string
  readonly #logger: Logger

  constructor(files: FileSystem, dataDir: string, logger: Logger) {
    this.#files = files
    this.#dataDir = dataDir
    this.#logger = logger
  }

  /** The index of a scope for these texts, when a whole one is there. */
  async load(scope: string, texts: PublishedTexts, slices: WorkSlices): Promise<KeywordFile | undefined> {
    return this.#read(nameOf(scope, texts), slices, (file, size) =>
      readKeywordFile(file, size, { scope, texts }, slices),
    )
  }

  /**
   * The scopes that have an index for these texts, with the places of its documents. Not all of it has been checked.
   * @param maxSize bytes; larger indexes are left out.
   */
  async *stored(texts: PublishedTexts, maxSize: number, slices: WorkSlices): AsyncGenerator<StoredScope> {
    const kept = prefixOf(texts)
    const names = await this.#names().catch(() => [])
    for (const name of names) {
      if (!name.startsWith(kept) || name.endsWith('.part')) continue
      const found = await this.#read(name, slices, async (file, size) =>
        size > maxSize ? undefined : readKeywordOffsets(file, size, texts),
      )
      if (found !== undefined && nameOf(found.scope, texts) === name) yield found
    }
  }

  /** Puts the index of a scope in place as a whole, or not at all. It needs no sync: damage shows in its checksum. */
  async save(scope: string, texts: PublishedTexts, content: KeywordFile): Promise<void> {
    try {
      await writeCacheFile(this.#files, this.#dataDir, {
        name: nameOf(scope, texts),
        mode: texts.mode,
        pieces: formatKeywordFile({ scope, texts }, content),
      })
    } catch (error) {
      this.#logger.warn(`the word index of a scope could not be kept: ${String(error)}`)
    }
  }

  /** Removes what belongs to other texts than these: it is of no use, and holds words of what was deleted. */
  async sweep(texts: PublishedTexts): Promise<void> {
    const directory = `${this.#dataDir}/${privatePaths.cache}`
    const kept = prefixOf(texts)
    try {
      for (const name of await this.#names()) {
        if (!name.startsWith(prefix) || (name.startsWith(kept) && !name.endsWith('.part'))) continue
        await ifPresent(() => this.#files.unlink(`${directory}/${name}`))
      }
    } catch (error) {
      this.#logger.warn(`old word indexes could not be removed: ${String(error)}`)
    }
  }

  async #names(): Promise<readonly string[]> {
    const directory = `${this.#dataDir}/${privatePaths.cache}`
    return (await ifPresent(() => this.#files.readdir(directory))) ?? []
  }

  async #read<T>(
    name: string,
    slices: WorkSlices,
    read: (file: StoredFile, size: number) => Promise<T>,
  ): Promise<T | undefined> {
    const path = `${privatePaths.cache}/${name}`
    let file: StoredFile | undefined
    try {
      file = await openStored(this.#files, `${this.#dataDir}/${path}`, path)
      return file && (await read(file, file.size))
    } catch (error) {
      slices.requireWanted()
      this.#logger.warn(`${path} cannot be used and is made anew: ${String(error)}`)
      return undefined
    } finally {
      await file?.release().catch(() => {})
    }
  }
}

/** A scope that has an index on disk. */
export interface StoredScope {
  readonly scope: string
  /** As of {@link KeywordFile}. */
  readonly offsets: Float64Array
}

function prefixOf({ size, crc32 }: PublishedTexts): string {
  return `${prefix}${size.toString(16)}-${crc32.toString(16).padStart(8, '0')}-`
}

function nameOf(scope: string, texts: PublishedTexts): string {
  return prefixOf(texts) + createHash('sha256').update(scope).digest('hex').slice(0, 32)
}
