import { crc32 } from 'node:zlib'
import { MemoryError } from '@holdfast/core'
import { asObject, parseJsonObject } from './json-file.js'

/** The text of a small file of ours: an object as text, and a checksum over that text. */
export function formatCheckedJson(format: number, value: object): string {
  const body = JSON.stringify(value)
  return `${JSON.stringify({ format, crc32: crc32(body), body })}\n`
}

/**
 * Reads what {@link formatCheckedJson} wrote.
 * @throws {MemoryError} `CORRUPT` when it is damaged; `SCHEMA_AHEAD` for a later format.
 */
export function parseCheckedJson(
  text: string,
  name: string,
  known: number,
): Readonly<Record<string, unknown>> {
  const { format, crc32: checksum, body } = parseJsonObject(text, name)
  if (typeof format === 'number' && Number.isInteger(format) && format > known) {
    throw new MemoryError('SCHEMA_AHEAD', `${name} has format ${format}; ${known} is known`)
  }
  if (format !== known || typeof body !== 'string' || crc32(body) !== checksum) {
    throw new MemoryError('CORRUPT', `${name} is damaged (checksum)`)
  }
  return asObject(JSON.parse(body), name)
}
