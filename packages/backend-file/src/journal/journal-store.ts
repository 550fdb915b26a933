import { randomBytes } from 'node:crypto'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { StoredFile } from '../disk/stored-file.js'
import { journalHeaderLength, parseJournalHeader } from './journal-header.js'

/** Bytes of a journal's salt that all journals of one store share. */
const storeLength = 8

/** A name for a new store. */
export function newStore(): string {
  return randomBytes(storeLength).toString('hex')
}

/** Which store a journal belongs to, in hex: see `BaseRecord`. */
export function storeOf(salt: Uint8Array): string {
  return Buffer.from(salt.subarray(0, storeLength)).toString('hex')
}

/**
 * Which store the journals belong to when nothing else says so.
 * @param names of journals.
 * @returns that of the first with an intact header.
 */
export async function storeOfJournals(
  files: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const file = await ifPresent(() => files.open(`${directory}/${name}`, 'read'))
    if (file === undefined) continue
    try {
      const bytes = Buffer.alloc(journalHeaderLength)
      const length = await new StoredFile(name, journalHeaderLength, file).readUpTo(bytes, 0)
      const header = parseJournalHeader(bytes.subarray(0, length))
      if (header !== undefined) return storeOf(header.salt)
    } finally {
      await file.close().catch(() => {})
    }
  }
  return undefined
}
