import type { FileState } from '../base/open-data-files.js'

/** Which file derived data was made of. */
export interface CacheSource {
  /** Bytes. */
  readonly size: number
  /** Of the whole file; `null` when nobody has read it. */
  readonly crc32: number | null
  /** See {@link fileVersion}. */
  readonly version: string
  /** Whether any later change must have given it another version: see {@link isSettled}. */
  readonly isSettled: boolean
}

/** Which file it is and when it was last changed, for one whose checksum is not on record. */
export function fileVersion({ version, changed }: Pick<FileState, 'version' | 'changed'>): string {
  return `${version}:${changed}`
}

/**
 * Whether this is the file that a source names.
 * @param crc32 its checksum; `null` when it is not known, so that only the version tells.
 */
export function isSource(
  source: CacheSource,
  found: Pick<FileState, 'version' | 'changed'>,
  { size, crc32 }: { readonly size: number; readonly crc32: number | null },
): boolean {
  if (source.size !== size) return false
  return crc32 === null ? source.isSettled && source.version === fileVersion(found) : source.crc32 === crc32
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
