import { parseStoreUrl, redactUrl } from '@holdfast/config'
import { MemoryError } from '@holdfast/core'

/** The data directory that a URL names. */
export interface FileDirectory {
  /** The URL as it was given. */
  readonly shown: string
  /** Absolute. */
  readonly dataDir: string
}

/** @throws {MemoryError} `UNKNOWN_BACKEND` for what is no URL of a store; `NOT_SUPPORTED` for one that is no directory. */
export function fileDirectoryAt(url: string): FileDirectory {
  const location = parseStoreUrl(url, process.cwd())
  if (location.kind === 'file') return { shown: redactUrl(url), dataDir: location.dataDir }
  throw new MemoryError(
    'NOT_SUPPORTED',
    'repair knows file: stores only; doctor prints the SQL that repairs a database',
  )
}
