import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ifPresent } from '../disk/disk-failure.js'
import type { FileSystem, OpenFile } from '../disk/file-system.js'
import { writeFully } from '../disk/pieces.js'
import { saltLength } from './journal-header.js'

const slotLength = 64
const magic = 0x4b41_4648

/** Up to where a journal's transactions have been acknowledged. */
export interface Acknowledged {
  readonly offset: number
  /** Whether the machine has not been started anew since; only then nothing behind it can have been promised. */
  readonly isCurrent: boolean
}

/**
 * A small file beside a journal that says how much of it readers in other processes may show: what has been
 * acknowledged, and nothing that may still fail. Two slots are written in turn, so that one is always whole. It is
 * never synced: a power cut ends the readers too, and what is whole in the journal counts after it.
 *
 * A slot, little-endian: magic (4), zero (4), offset (8), salt of the journal (16), start of the machine (16), zero
 * (12), CRC-32 of all before (4).
 */
export class AcknowledgedMark {
  readonly #file: OpenFile
  readonly #salt: Uint8Array
  readonly #boot: Uint8Array
  #turn = 0

  private constructor(file: OpenFile, salt: Uint8Array, bootId: string) {
    this.#file = file
    this.#salt = salt
    this.#boot = hashOf(bootId)
  }

  static async create(
    files: FileSystem,
    path: string,
    { salt, bootId, offset }: { readonly salt: Uint8Array; readonly bootId: string; readonly offset: number },
  ): Promise<AcknowledgedMark> {
    await ifPresent(() => files.unlink(path))
    const file = await files.open(path, 'create')
    try {
      const mark = new AcknowledgedMark(file, salt, bootId)
      // Both slots, so that none needs room on the disk later.
      for (let slot = 0; slot < 2; slot++) await mark.write(offset)
      return mark
    } catch (error) {
      await file.close().catch(() => {})
      throw error
    }
  }

  async write(offset: number): Promise<void> {
    const slot = Buffer.alloc(slotLength)
    slot.writeUInt32LE(magic, 0)
    slot.writeUIntLE(offset, 8, 6)
    slot.set(this.#salt, 16)
    slot.set(this.#boot, 16 + saltLength)
    slot.writeUInt32LE(crc32(slot.subarray(0, 60)), 60)
    await writeFully(this.#file, slot, this.#turn * slotLength)
    this.#turn = 1 - this.#turn
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** What a mark says. `undefined` when it is not one of the journal with this salt, or damaged. */
export async function readAcknowledged(
  file: OpenFile,
  salt: Uint8Array,
  bootId: string,
): Promise<Acknowledged | undefined> {
  const bytes = Buffer.alloc(2 * slotLength)
  const count = await file.read(bytes, 0)
  let found: Acknowledged | undefined
  for (let at = 0; at + slotLength <= count; at += slotLength) {
    const slot = bytes.subarray(at, at + slotLength)
    if (slot.readUInt32LE(0) !== magic || slot.readUInt32LE(60) !== crc32(slot.subarray(0, 60))) continue
    if (!slot.subarray(16, 16 + saltLength).equals(salt)) continue
    const isCurrent = bootId !== '' && slot.subarray(32, 48).equals(hashOf(bootId))
    const offset = slot.readUIntLE(8, 6)
    if (found === undefined || offset > found.offset) found = { offset, isCurrent }
  }
  return found
}

function hashOf(bootId: string): Buffer {
  return createHash('sha256').update(bootId).digest().subarray(0, 16)
}
