import { crc32 } from 'node:zlib'
import type { OpenFile } from './file-system.js'
import type { Place } from './place.js'
import { WindowCache } from './window-cache.js'

/** Part of a new file: bytes, a range copied from another file, or a number of zero bytes. */
export type Piece = Uint8Array | Place | { readonly zeros: number }

/** What was written. */
export interface WrittenFile {
  readonly size: number
  readonly crc32: number
}

const bufferSize = 1 << 20
/** Most files are small, and a large buffer costs more than they do. */
const firstBufferSize = 1 << 14

/** Sees all bytes of a file in order, before they are written. What it throws ends the writing. */
export type WatchBytes = (bytes: Uint8Array) => void

/** Writes the pieces one after the other, in bounded memory, and computes their checksum on the way. */
export async function writePieces(
  file: OpenFile,
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  watch?: WatchBytes,
): Promise<WrittenFile> {
  const windows = new WindowCache()
  let buffer = new Uint8Array(firstBufferSize)
  let filled = 0
  let size = 0
  let checksum = 0
  const write = async (bytes: Uint8Array) => {
    watch?.(bytes)
    checksum = crc32(bytes, checksum)
    await writeFully(file, bytes, size)
    size += bytes.length
  }
  const flush = async () => {
    if (filled > 0) await write(buffer.subarray(0, filled))
    filled = 0
  }
  const take = async (bytes: Uint8Array) => {
    if (filled + bytes.length > buffer.length) {
      await flush()
      if (buffer.length < bufferSize) buffer = new Uint8Array(bufferSize)
    }
    if (bytes.length >= bufferSize) return write(bytes)
    buffer.set(bytes, filled)
    filled += bytes.length
  }
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) await take(piece)
    else if ('zeros' in piece) {
      const zeros = new Uint8Array(Math.min(piece.zeros, bufferSize))
      for (let left = piece.zeros; left > 0; left -= zeros.length) {
        await take(left < zeros.length ? zeros.subarray(0, left) : zeros)
      }
    } else if (piece.length >= bufferSize) {
      const { file: from, offset, length } = piece
      for await (const chunk of from.chunks(offset, offset + length)) await take(chunk)
    } else await take(await windows.view(piece))
  }
  await flush()
  return { size, crc32: checksum }
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
