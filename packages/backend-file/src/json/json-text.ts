import { isAscii, isUtf8 } from 'node:buffer'

/**
 * The text of JSON bytes, or `undefined` when they are not UTF-8: half-read characters must not become U+FFFD
 * silently. What Python writes is plain ASCII, which is decoded fastest.
 */
export function decodeJsonText(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return buffer.toString('latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** The bytes of JSON text. Half a surrogate pair has no UTF-8 form and is written as an escape, which means the same. */
export function encodeJsonText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text)
  const escaped = text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (half) => `\\u${half.charCodeAt(0).toString(16)}`,
  )
  return Buffer.from(escaped)
}
