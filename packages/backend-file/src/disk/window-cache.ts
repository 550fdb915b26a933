import { MemoryError } from '@holdfast/core'
import type { Place } from './place.js'
import type { StoredFile } from './stored-file.js'

const windowSize = 1 << 20
/** Most files are small. */
const firstWindowSize = 1 << 14

/**
 * Reads many small ranges that mostly ascend within each of a few files, a mebibyte at a time. It keeps one window a
 * file.
 */
export class WindowCache {
  readonly #windows = new Map<StoredFile, { readonly start: number; readonly bytes: Uint8Array }>()

  /** The bytes of a place; only valid until the next call. @throws {MemoryError} `CORRUPT` when the file ends before. */
  async view({ file, offset, length }: Place): Promise<Uint8Array> {
    let window = this.#windows.get(file)
    if (
      window === undefined ||
      offset < window.start ||
      offset + length > window.start + window.bytes.length
    ) {
      const bytes = new Uint8Array(Math.max(length, window === undefined ? firstWindowSize : windowSize))
      window = { start: offset, bytes: bytes.subarray(0, await file.readUpTo(bytes, offset)) }
      this.#windows.set(file, window)
    }
    if (offset + length > window.start + window.bytes.length) {
      throw new MemoryError('CORRUPT', `${file.path} ends before byte ${offset + length}`)
    }
    return window.bytes.subarray(offset - window.start, offset - window.start + length)
  }
}
