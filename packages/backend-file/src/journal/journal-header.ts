import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'

/** Bytes of the header; the first frame begins there. */
export const journalHeaderLength = 64
export const saltLength = 16

const magic = Buffer.from('HFSTJRNL')
const version = 1

/** What stands at the head of a journal file. */
export interface JournalHeader {
  /** Of all files in a directory the one with the highest generation is the newest. */
  readonly generation: number
  /** Sequence number of the first frame. Frames of older files from this number on no longer count. */
  readonly startSequence: number
  /**
   * The store's own bytes and random ones, part of every checksum: the bytes of another file, or a payload that looks
   * like a frame, never pass.
   */
  readonly salt: Uint8Array
  /** Everything before this offset was synced before the file got its name. 0 when nothing is ever synced. */
  readonly durableOffset: number
  /** Begins the chain of checksums. */
  readonly checksum: number
}

/**
 * The 64 bytes of a header, little-endian: magic (8), version (2), length (2), zero (4), generation (8), start sequence
 * (8), salt (16), durable offset (8), zero (4), CRC-32 of all before (4).
 */
export function encodeJournalHeader(header: Omit<JournalHeader, 'checksum'>): Buffer {
  const bytes = Buffer.alloc(journalHeaderLength)
  magic.copy(bytes)
  bytes.writeUInt16LE(version, 8)
  bytes.writeUInt16LE(journalHeaderLength, 10)
  bytes.writeUIntLE(header.generation, 16, 6)
  bytes.writeUIntLE(header.startSequence, 24, 6)
  bytes.set(header.salt.subarray(0, saltLength), 32)
  bytes.writeUIntLE(header.durableOffset, 48, 6)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
  return bytes
}

/**
 * Reads a header. `undefined` when it is damaged.
 * @throws {MemoryError} `SCHEMA_AHEAD` for an intact header of a later version.
 */
export function parseJournalHeader(bytes: Uint8Array): JournalHeader | undefined {
  if (bytes.length < journalHeaderLength) return undefined
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, journalHeaderLength)
  const checksum = header.readUInt32LE(60)
  if (!header.subarray(0, 8).equals(magic) || crc32(header.subarray(0, 60)) !== checksum) return undefined
  if (header.readUInt16LE(8) !== version) {
    throw new MemoryError(
      'SCHEMA_AHEAD',
      `the journal has format ${header.readUInt16LE(8)}; ${version} is known`,
    )
  }
  return {
    generation: header.readUIntLE(16, 6),
    startSequence: header.readUIntLE(24, 6),
    salt: Uint8Array.from(header.subarray(32, 32 + saltLength)),
    durableOffset: header.readUIntLE(48, 6),
    checksum,
  }
}
