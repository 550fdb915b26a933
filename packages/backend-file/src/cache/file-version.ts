import type { FileState } from '../base/open-data-files.js'

/** Which file it is and when it was last changed, for one whose checksum is not on record. */
export function fileVersion({ version, changed }: Pick<FileState, 'version' | 'changed'>): string {
  return `${version}:${changed}`
}
