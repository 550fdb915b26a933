/**
 * Text as bytes, in a form that gives back every string: one byte a UTF-16 unit where all of them fit, else two,
 * little-endian. Equal texts have equal bytes and sizes. A packed size is twice the number of bytes, plus one for two
 * bytes a unit.
 */
export function packText(text: string, into: Uint8Array, at: number): number {
  let isWide = false
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    into[at + index] = unit
    if (unit > 0xff) isWide = true
  }
  if (!isWide) return text.length * 2
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    into[at + index * 2] = unit
    into[at + index * 2 + 1] = unit >> 8
  }
  return text.length * 4 + 1
}

/** Bytes that {@link packText} may write. */
export function maxPackedBytes(text: string): number {
  return text.length * 2
}

/** @param size as {@link packText} gave it. */
export function unpackText(bytes: Buffer, at: number, size: number): string {
  return bytes.toString((size & 1) === 1 ? 'utf16le' : 'latin1', at, at + bytesOfPacked(size))
}

/** How many bytes a packed text has. */
export function bytesOfPacked(size: number): number {
  return size >>> 1
}
