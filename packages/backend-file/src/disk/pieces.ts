import { crc32 } from 'node:zlib'
import type { OpenFile } from './file-system.js'
import type { StoredFile } from './stored-file.js'

/** Part of a new file: bytes, a range copied from another file, or a number of zero bytes. */
export type Piece =
  | Uint8Array
  | { readonly from: StoredFile; readonly offset: number; readonly length: number }
  | { readonly zeros: number }

/** What was written. */
export interface WrittenFile {
  readonly size: number
  readonly crc32: number
}

const bufferSize = 1 << 20

/** Writes the pieces one after the other, in bounded memory, and computes their checksum on the way. */
export async function writePieces(file: OpenFile, pieces: readonly Piece[]): Promise<WrittenFile> {
  const total = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0)
  const buffer = new Uint8Array(Math.min(total, bufferSize))
  let filled = 0
  let size = 0
  let checksum = 0
  const write = async (bytes: Uint8Array) => {
    checksum = crc32(bytes, checksum)
    await writeFully(file, bytes, size)
    size += bytes.length
  }
  const flush = async () => {
    if (filled > 0) await write(buffer.subarray(0, filled))
    filled = 0
  }
  const take = async (bytes: Uint8Array) => {
    if (filled + bytes.length > buffer.length) await flush()
    if (bytes.length >= bufferSize) return write(bytes)
    buffer.set(bytes, filled)
    filled += bytes.length
  }
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) await take(piece)
    else if ('zeros' in piece) {
      const zeros = new Uint8Array(Math.min(piece.zeros, bufferSize))
      for (let left = piece.zeros; left > 0; left -= zeros.length) {
        await take(left < zeros.length ? zeros.subarray(0, left) : zeros)
      }
    } else {
      const { from, offset, length } = piece
      for await (const chunk of from.chunks(offset, offset + length)) await take(chunk)
    }
  }
  await flush()
  return { size, crc32: checksum }
}

function lengthOf(piece: Piece): number {
  if (piece instanceof Uint8Array) return piece.length
  return 'zeros' in piece ? piece.zeros : piece.length
}

/** Writes all bytes: one call to the system may take fewer. */
export async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const count = await file.write(done === 0 ? bytes : bytes.subarray(done), position + done)
    if (count <= 0) throw Object.assign(new Error('the disk takes no more bytes'), { code: 'ENOSPC' })
    done += count
  }
}
