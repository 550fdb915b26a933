import { randomBytes } from 'node:crypto'
import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { writeFully } from '../disk/pieces.js'
import { StoredFile } from '../disk/stored-file.js'
import { syncFailure } from '../disk/sync-failure.js'
import { AcknowledgedMark } from './acknowledged-mark.js'
import type { Durability } from './durability.js'
import { type FrameType, frameHeaderLength, paddedLength } from './journal-frame.js'
import { encodeJournalHeader, type JournalHeader, journalHeaderLength, saltLength } from './journal-header.js'
import { journalName, markName, unfinishedName } from './journal-name.js'
import { JournalTail } from './journal-tail.js'

/** A frame of an older journal that goes into a new one with its sequence number. */
export interface CarriedFrame {
  readonly type: FrameType
  readonly operationCount: number
  readonly payloadLength: number
  /** With its padding; used up before the next one is asked for. */
  readonly payload: Uint8Array
}

export interface NewJournal {
  readonly files: FileSystem
  readonly directory: string
  /** Higher than that of every journal that was ever in the directory. */
  readonly generation: number
  readonly startSequence: number
  readonly durability: Durability
  /** What it begins with, from `startSequence` on, and how many bytes with headers that is. */
  readonly carried?: { readonly frames: AsyncIterable<CarriedFrame>; readonly size: number }
  /** What changes when the machine is started anew, for {@link AcknowledgedMark}. Empty where nobody can tell. */
  readonly bootId?: string
  /** Hex. What the salt begins with, so that the journal of another store does not pass for one of this. */
  readonly store?: string
  /** 16 random bytes. Only tests give them. */
  readonly salt?: Uint8Array
}

export interface CreatedJournal {
  readonly file: OpenFile
  /** The same file, for those who read from it. Whoever is the last to let go closes it. */
  readonly stored: StoredFile
  readonly mark: AcknowledgedMark
  readonly tail: JournalTail
  readonly durableOffset: number
}

/**
 * Creates a journal file, open for writing. It gets its name when all it begins with is on stable storage, and is
 * returned when the name is too: a journal by its right name is always whole up to its header's durable offset.
 */
export async function createJournal(options: NewJournal): Promise<CreatedJournal> {
  const { files, directory, generation, startSequence, durability, carried } = options
  const path = `${directory}/${journalName(generation)}`
  const isSynced = durability !== 'off'
  const durableOffset = isSynced ? journalHeaderLength + (carried?.size ?? 0) : 0
  const salt = options.salt ?? saltOf(options.store)
  const bytes = encodeJournalHeader({ generation, startSequence, salt, durableOffset })
  const header: JournalHeader = {
    generation,
    startSequence,
    salt,
    durableOffset,
    checksum: bytes.readUInt32LE(journalHeaderLength - 4),
  }
  const file = await files.open(unfinishedName(path), 'create')
  let name = unfinishedName(path)
  let mark: AcknowledgedMark | undefined
  try {
    await writeFully(file, bytes, 0)
    const tail = new JournalTail(file, header)
    for await (const frame of carried?.frames ?? []) await tail.write([copyOf(frame)], 0)
    if (isSynced) await file.sync().catch(raise)
    // Before the journal has its name: readers must never find it without.
    const markPath = `${directory}/${markName(generation)}`
    mark = await AcknowledgedMark.create(files, markPath, {
      salt,
      bootId: options.bootId ?? '',
      offset: tail.offset,
    })
    await files.rename(name, path)
    name = path
    if (isSynced) await files.syncDirectory(directory).catch(raise)
    // The size of an open journal is its writer's to know.
    const stored = new StoredFile(journalName(generation), Number.POSITIVE_INFINITY, file)
    return { file, stored, mark, tail, durableOffset }
  } catch (error) {
    await file.close().catch(() => {})
    await mark?.close().catch(() => {})
    await files.unlink(`${directory}/${markName(generation)}`).catch(() => {})
    await files.unlink(name).catch(() => {})
    throw error
  }
}

function saltOf(store = ''): Uint8Array {
  const own = Buffer.from(store, 'hex')
  return Buffer.concat([own, randomBytes(saltLength - own.length)])
}

/** Whoever tries again must know that a sync was what failed. */
function raise(cause: unknown): never {
  throw syncFailure(cause)
}

function copyOf({ type, operationCount, payloadLength, payload }: CarriedFrame) {
  const bytes = Buffer.alloc(frameHeaderLength + paddedLength(payloadLength))
  bytes.set(payload, frameHeaderLength)
  return { type, operationCount, payloadLength, bytes }
}
