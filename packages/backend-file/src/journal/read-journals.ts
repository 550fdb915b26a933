import { MemoryError } from '@holdfast/core'
import { ifPresent, onDisk } from '../disk/disk-failure.js'
import type { FileSystem } from '../disk/file-system.js'
import { releaseAll } from '../disk/release-all.js'
import { StoredFile } from '../disk/stored-file.js'
import type { ByteSource } from './byte-source.js'
import { generationOf } from './journal-name.js'
import { storeOf } from './journal-store.js'
import { JournalScan, type JournalTransaction, type ScannedFrame } from './scan-journal.js'

/** A journal of the directory, open. */
export interface JournalFile {
  readonly name: string
  readonly generation: number
  readonly file: StoredFile
  readonly scan: JournalScan
}

/** A transaction that no sync is known to have covered. */
export interface UnprovenTransaction {
  readonly journal: JournalFile
  readonly firstSequence: number
  readonly frames: readonly ScannedFrame[]
  readonly end: number
}

/** What {@link readJournals} found. */
export interface JournalsRead {
  readonly nextSequence: number
  /** The last transactions, which only the system's cache may hold: in order, all that stand behind the first of them. */
  readonly unproven: readonly UnprovenTransaction[]
  /** What a crash left behind the last whole transaction of the newest journal. */
  readonly torn: { readonly journal: JournalFile; readonly offset: number } | undefined
  /** Why the journals cannot be trusted further; all transactions before that place were handed over. */
  readonly damage: MemoryError | undefined
  /** The journal that the damage is in. */
  readonly damaged: JournalFile | undefined
}

/** Names of the journals of a directory, oldest first. None when there is no directory. */
export async function journalNames(files: FileSystem, directory: string): Promise<readonly string[]> {
  const names = (await ifPresent(() => files.readdir(directory))) ?? []
  return names.filter((name) => generationOf(name) !== undefined).sort()
}

/**
 * Opens all journals of a directory, oldest first. The caller closes the files.
 * @param store see `NewJournal`; not looked at when it is not given.
 * @throws {MemoryError} `CORRUPT` for a damaged header, as a journal has its name only since the header was synced, and
 * for the journal of another store.
 */
export async function openJournals(
  files: FileSystem,
  directory: string,
  store?: string,
): Promise<readonly JournalFile[]> {
  const opened: JournalFile[] = []
  try {
    for (const name of await journalNames(files, directory)) {
      const descriptor = await files.open(`${directory}/${name}`, 'read')
      try {
        const file = new StoredFile(name, (await descriptor.stat()).size, descriptor)
        opened.push({ ...(await scanOf(name, file, store)), file })
      } catch (error) {
        await descriptor.close()
        throw error
      }
    }
    return opened
  } catch (error) {
    await closeJournals(opened)
    throw error
  }
}

/** @throws {MemoryError} `CORRUPT` when it is not the journal of that name, or not of that store; `SCHEMA_AHEAD`. */
export async function scanOf(
  name: string,
  source: ByteSource,
  store?: string,
): Promise<Omit<JournalFile, 'file'>> {
  try {
    const scan = await JournalScan.open(source)
    const { generation, salt } = scan.header
    if (generation !== generationOf(name)) throw new MemoryError('CORRUPT', 'it belongs to another name')
    if (store !== undefined && storeOf(salt) !== store) {
      throw new MemoryError('CORRUPT', 'it belongs to another store')
    }
    return { name, generation, scan }
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    throw new MemoryError(error.code, `${name}: ${error.message}`, { cause: error })
  }
}

export async function closeJournals(journals: readonly JournalFile[]): Promise<void> {
  await releaseAll(journals.map(({ file }) => file))
}

/**
 * Hands over every transaction behind `after`, in order. Where a newer journal starts, older ones end: what a writer
 * that had lost its lock added to them does not count.
 * @param after the last sequence that the base already holds; 0 for none.
 */
export async function readJournals(
  journals: readonly JournalFile[],
  after: number,
  visit: (transaction: JournalTransaction, journal: JournalFile) => Promise<void>,
): Promise<JournalsRead> {
  let nextSequence = after + 1
  const unproven: UnprovenTransaction[] = []
  let result: Omit<JournalsRead, 'nextSequence' | 'unproven'> = {
    torn: undefined,
    damage: undefined,
    damaged: undefined,
  }
  for (const [index, journal] of journals.entries()) {
    const { scan, name } = journal
    const limit = Math.min(...journals.slice(index + 1).map((newer) => newer.scan.header.startSequence))
    // The base or newer journals have all that it could tell.
    if (limit <= nextSequence) continue
    if (scan.header.startSequence > nextSequence) {
      const what = `${name} starts at ${scan.header.startSequence}, but ${nextSequence} is missing`
      return { ...result, nextSequence, unproven, damage: new MemoryError('CORRUPT', what), damaged: journal }
    }
    // Whoever syncs has begun this journal with all that was unproven then.
    if (scan.header.durableOffset > 0) unproven.length = 0
    for await (const transaction of scan.transactions(limit)) {
      if (transaction.sequence < nextSequence) continue
      await onDisk(name, () => visit(transaction, journal))
      nextSequence = transaction.sequence + 1
      unproven.push({ journal, ...transaction })
      dropProven(unproven, journal, scan.durableOffset)
    }
    dropProven(unproven, journal, scan.durableOffset)
    const { kind, offset, damagedAt } = scan.end
    if (limit === Number.POSITIVE_INFINITY) {
      const isCorrupt = kind === 'corrupt'
      result = {
        torn: kind === 'torn' ? { journal, offset } : undefined,
        damage: isCorrupt ? new MemoryError('CORRUPT', `${name} is damaged at byte ${damagedAt}`) : undefined,
        damaged: isCorrupt ? journal : undefined,
      }
    } else if (nextSequence < limit) {
      const what = `${name} ends at byte ${damagedAt ?? offset} before ${nextSequence}; the next starts at ${limit}`
      return { ...result, nextSequence, unproven, damage: new MemoryError('CORRUPT', what), damaged: journal }
    }
  }
  return { ...result, nextSequence, unproven }
}

/** Takes away the transactions of a journal that a sync covered, as long as nothing older is unproven. */
function dropProven(unproven: UnprovenTransaction[], journal: JournalFile, durableOffset: number): void {
  let count = 0
  for (const { journal: from, end } of unproven) {
    if (from !== journal || end > durableOffset) break
    count += 1
  }
  if (count > 0) unproven.splice(0, count)
}
