import { crc32 } from 'node:zlib'
import { MemoryError, type RecordText } from '@holdfast/core'
import type { TextPlace } from '../disk/place.js'
import { decodeJsonText } from '../json/json-text.js'

/**
 * The text of a record from the bytes that were read at its place.
 * @throws {MemoryError} `CORRUPT`, naming file and byte, when they are not the bytes that were written there.
 */
export function checkedText(bytes: Uint8Array, place: TextPlace): RecordText {
  if (crc32(bytes) !== place.crc32) throw damagedText(place)
  const text = decodeJsonText(bytes)
  if (text !== undefined) return text
  throw new MemoryError('CORRUPT', `${place.file.path}: the record at byte ${place.offset} is not UTF-8`)
}

export function damagedText({ file, offset }: TextPlace): MemoryError {
  return new MemoryError(
    'CORRUPT',
    `${file.path}: the record at byte ${offset} is damaged: it is not what was last written (checksum)`,
  )
}
