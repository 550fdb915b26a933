import { ifPresent, onDisk } from '../disk/disk-failure.js'
import { writePieces } from '../disk/pieces.js'
import type { StoredFile } from '../disk/stored-file.js'
import type { CarriedFrame } from './create-journal.js'
import { frameHeaderLength, paddedLength } from './journal-frame.js'
import { isUnfinished, unfinishedName } from './journal-name.js'
import { JournalWriter, type JournalWriterOptions } from './journal-writer.js'
import {
  closeJournals,
  type JournalFile,
  openJournals,
  readJournals,
  type UnprovenTransaction,
} from './read-journals.js'
import { JournalScan, type JournalTransaction } from './scan-journal.js'

export interface OpenJournalOptions
  extends Omit<JournalWriterOptions, 'generation' | 'startSequence' | 'carried'> {
  /** The last sequence that the base holds; 0 for none. */
  readonly after: number
  /** Where bytes go that a crash left and that are no transaction. Made when it is missing. */
  readonly quarantine: string
  readonly visit: (transaction: JournalTransaction, journal: JournalFile) => Promise<void>
  /**
   * Told of each transaction that was written again: from now on its content is to be read from there. What the
   * system's cache holds of the old file may vanish.
   */
  readonly visitAgain?: (transaction: JournalTransaction, file: StoredFile) => Promise<void>
  /** The highest generation that was ever in the directory, where something else knows of it. Default 0. */
  readonly afterGeneration?: number
}

/** A journal directory in use. */
export interface OpenedJournal {
  readonly writer: JournalWriter
  /** Bytes that were set aside. */
  readonly quarantined: number
  /** The older journals, oldest first, with files that {@link closeJournals} closes. */
  readonly journals: readonly JournalFile[]
}

/**
 * Opens a journal directory for writing, under its lock: hands over all transactions and starts a new file. It can be
 * interrupted anywhere and done again. What only the system's cache may hold is written and synced again first, into
 * the new file: after a failed sync the cache shows what the disk does not have.
 * @throws {MemoryError} `CORRUPT`, after all transactions before the damage were handed over; `SCHEMA_AHEAD`,
 * `NO_SPACE`, `CONNECTION`.
 */
export function openJournal(options: OpenJournalOptions): Promise<OpenedJournal> {
  return onDisk('the journal cannot be opened', () => open(options))
}

async function open(options: OpenJournalOptions): Promise<OpenedJournal> {
  const { files, directory, after, durability, visit } = options
  const journals = await openJournals(files, directory, options.store)
  try {
    const read = await readJournals(journals, after, visit)
    if (read.damage) throw read.damage
    for (const name of await files.readdir(directory)) {
      if (isUnfinished(name)) await files.unlink(`${directory}/${name}`)
    }
    const quarantined = read.torn ? await setAside(options, read.torn.journal, read.torn.offset) : 0
    const carried = durability === 'off' ? [] : read.unproven
    // The last process may have ended before the name of its journal was durable; what builds on it must not be alone.
    if (durability !== 'off' && journals.length > 0) await files.syncDirectory(directory)
    const writer = await JournalWriter.create({
      ...options,
      generation: Math.max(journals.at(-1)?.generation ?? 0, options.afterGeneration ?? 0) + 1,
      startSequence: carried[0]?.firstSequence ?? read.nextSequence,
      carried: { frames: framesOf(carried), size: sizeOf(carried) },
    })
    try {
      if (carried.length > 0) await visitCarried(writer, options.visitAgain)
    } catch (error) {
      await writer.close().catch(() => {})
      throw error
    }
    return { writer, quarantined, journals }
  } catch (error) {
    await closeJournals(journals)
    throw error
  }
}

async function visitCarried(writer: JournalWriter, visit: OpenJournalOptions['visitAgain']): Promise<void> {
  if (visit === undefined) return
  const { stored, end } = writer
  const scan = await JournalScan.open({
    size: end,
    readInto: (into, position) => stored.readInto(into, position),
  })
  for await (const transaction of scan.transactions()) await visit(transaction, stored)
}

async function* framesOf(transactions: readonly UnprovenTransaction[]): AsyncGenerator<CarriedFrame> {
  for (const { journal, frames } of transactions) {
    for (const frame of frames) yield { ...frame.header, payload: await journal.scan.payload(frame) }
  }
}

function sizeOf(transactions: readonly UnprovenTransaction[]): number {
  let size = 0
  for (const { frames } of transactions) {
    for (const { header } of frames) size += frameHeaderLength + paddedLength(header.payloadLength)
  }
  return size
}

/** Keeps a copy of what stands behind an offset, durably, before the journal goes on without it. */
async function setAside(
  { files, quarantine, durability }: OpenJournalOptions,
  { name, file }: JournalFile,
  offset: number,
): Promise<number> {
  const isSynced = durability !== 'off'
  const parent = quarantine.slice(0, quarantine.lastIndexOf('/'))
  if ((await ifPresent(() => files.stat(quarantine))) === undefined) await files.mkdir(quarantine)
  const path = `${quarantine}/${name}-${offset}`
  await ifPresent(() => files.unlink(unfinishedName(path)))
  const copy = await files.open(unfinishedName(path), 'create')
  try {
    await writePieces(copy, [{ file, offset, length: file.size - offset }])
    if (isSynced) await copy.sync()
  } finally {
    await copy.close()
  }
  await files.rename(unfinishedName(path), path)
  if (isSynced) {
    await files.syncDirectory(quarantine)
    await files.syncDirectory(parent)
  }
  return file.size - offset
}
