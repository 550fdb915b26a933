import type { StoredFile } from './stored-file.js'

/** Where some bytes lie. The same content may be found elsewhere later, never another content here. */
export interface Place {
  readonly file: StoredFile
  readonly offset: number
  /** Bytes. */
  readonly length: number
}

/** Where the text of a record lies, and the checksum that tells whether it is still that text. */
export interface TextPlace extends Place {
  readonly crc32: number
}
