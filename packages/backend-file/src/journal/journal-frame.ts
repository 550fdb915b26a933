import { crc32 } from 'node:zlib'

export const frameHeaderLength = 48
/** Bytes of operations in one frame at most; a larger transaction becomes several parts. */
export const maxPayload = 64 * 1024 * 1024

/**
 * `transaction`: a whole one. `part` … `commit`: one that is too large for a frame, valid only as a whole.
 * `seal`: the writer closed the file.
 */
export const frameTypes = { transaction: 1, part: 2, commit: 3, seal: 4 } as const
export type FrameType = keyof typeof frameTypes

const typeOfCode = new Map<number, FrameType>([
  [1, 'transaction'],
  [2, 'part'],
  [3, 'commit'],
  [4, 'seal'],
])

const magic = 0x464a_4648

/** What stands before a payload. Offsets and lengths are bytes. */
export interface FrameHeader {
  readonly type: FrameType
  readonly payloadLength: number
  /** One more than that of the frame before. */
  readonly sequence: number
  /** What the writer knew to be on stable storage when it built the frame: damage before that is no torn write. */
  readonly durableOffset: number
  readonly operationCount: number
  /** Checksum of the frame before, or of the file's header. */
  readonly previous: number
  /** Checksum of payload and padding. */
  readonly payloadChecksum: number
  /** Checksum of all this, and through `payloadChecksum` and `previous` of everything before: the chain. */
  readonly checksum: number
}

/** Frames begin at multiples of 8. */
export function paddedLength(payloadLength: number): number {
  return Math.ceil(payloadLength / 8) * 8
}

/**
 * Fills in the header of a frame whose payload and padding are already in place. Little-endian: magic (4), payload
 * length (4), sequence (8), durable offset (8), type (2), zero (2), operation count (4), previous checksum (4), payload
 * checksum (4), zero (4), CRC-32 of salt and all before (4).
 * @returns the frame's checksum.
 */
export function sealFrame(
  frame: Buffer,
  salt: Uint8Array,
  header: Omit<FrameHeader, 'checksum' | 'payloadChecksum'>,
): number {
  frame.writeUInt32LE(magic, 0)
  frame.writeUInt32LE(header.payloadLength, 4)
  frame.writeUInt32LE(0, 12)
  frame.writeUIntLE(header.sequence, 8, 6)
  frame.writeUInt32LE(0, 20)
  frame.writeUIntLE(header.durableOffset, 16, 6)
  frame.writeUInt32LE(frameTypes[header.type], 24)
  frame.writeUInt32LE(header.operationCount, 28)
  frame.writeUInt32LE(header.previous, 32)
  frame.writeUInt32LE(payloadChecksum(frame.subarray(frameHeaderLength), salt), 36)
  frame.writeUInt32LE(0, 40)
  const checksum = headerChecksum(frame, salt)
  frame.writeUInt32LE(checksum, 44)
  return checksum
}

/** Reads the header of a frame. `undefined` unless this is one of the file with this salt. */
export function parseFrameHeader(bytes: Uint8Array, salt: Uint8Array): FrameHeader | undefined {
  if (bytes.length < frameHeaderLength) return undefined
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, frameHeaderLength)
  if (frame.readUInt32LE(0) !== magic) return undefined
  const checksum = frame.readUInt32LE(44)
  if (headerChecksum(frame, salt) !== checksum) return undefined
  const type = typeOfCode.get(frame.readUInt16LE(24))
  const payloadLength = frame.readUInt32LE(4)
  if (type === undefined || payloadLength > maxPayload) return undefined
  return {
    type,
    payloadLength,
    sequence: frame.readUIntLE(8, 6),
    durableOffset: frame.readUIntLE(16, 6),
    operationCount: frame.readUInt32LE(28),
    previous: frame.readUInt32LE(32),
    payloadChecksum: frame.readUInt32LE(36),
    checksum,
  }
}

/** Whether a frame is the one behind another, given the sequence number it must have and the other's checksum. */
export function continues(header: FrameHeader, sequence: number, previous: number): boolean {
  return header.sequence === sequence && header.previous === previous
}

export function payloadChecksum(payload: Uint8Array, salt: Uint8Array): number {
  return crc32(payload, crc32(salt))
}

function headerChecksum(frame: Buffer, salt: Uint8Array): number {
  return crc32(frame.subarray(0, 44), crc32(salt))
}
