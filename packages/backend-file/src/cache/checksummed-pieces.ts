import { crc32 } from 'node:zlib'

/** Bytes that are given to the disk, and checked, at once. */
const pieceLength = 1 << 18

/** The bytes of a file of derived data in pieces: its sections, one after the other, and the CRC-32 of all of them. */
export function* checksummedPieces(sections: Iterable<ArrayBufferView>): Generator<Uint8Array> {
  let checksum = 0
  for (const section of sections) {
    const bytes = bytesOf(section)
    for (let at = 0; at < bytes.length; at += pieceLength) {
      const piece = bytes.subarray(at, at + pieceLength)
      checksum = crc32(piece, checksum)
      yield piece
    }
  }
  const end = Buffer.alloc(4)
  end.writeUInt32LE(checksum)
  yield end
}

/** The memory of an array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
