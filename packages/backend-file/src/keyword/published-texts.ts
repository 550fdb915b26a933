import type { StoredFile } from '../disk/stored-file.js'

/** The published file that texts are read from, and what it is. */
export interface PublishedTexts {
  readonly file: StoredFile
  readonly size: number
  readonly crc32: number
  /** Permission bits. */
  readonly mode: number
}
