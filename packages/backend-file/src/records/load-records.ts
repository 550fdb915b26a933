import { crc32 } from 'node:zlib'
import { MemoryError, parsePythonJson, type RecordKind } from '@holdfast/core'
import type { StoredFile } from '../disk/stored-file.js'
import { JsonArraySplitter, type JsonElement } from '../json/json-array-splitter.js'
import { decodeJsonText } from '../json/json-text.js'
import { type RecordFacts, readRecordFacts } from './record-facts.js'

/** A record's facts, and where its text stands. */
export interface LocatedFacts {
  readonly facts: RecordFacts
  readonly offset: number
  /** Bytes. */
  readonly length: number
  readonly crc32: number
}

/**
 * Reads a file of records once, in bounded memory, and parses each element once.
 * @returns the checksum of the file.
 * @throws {MemoryError} `CORRUPT`, naming file, element and byte.
 */
export async function loadRecords(
  file: StoredFile,
  kind: RecordKind,
  visit: (facts: LocatedFacts) => void,
): Promise<number> {
  const splitter = new JsonArraySplitter(file.path)
  let checksum = 0
  for await (const chunk of file.chunks()) {
    checksum = crc32(chunk, checksum)
    for (const element of splitter.push(chunk)) visit(locate(element, file.path, kind))
  }
  splitter.end()
  return checksum
}

function locate(element: JsonElement, path: string, kind: RecordKind): LocatedFacts {
  const { index, offset, bytes } = element
  const damaged = (what: string, cause?: unknown) =>
    new MemoryError('CORRUPT', `${path}: element ${index} at byte ${offset} ${what}`, { cause })
  const text = decodeJsonText(bytes)
  if (text === undefined) throw damaged('is not UTF-8')
  let value: unknown
  try {
    value = parsePythonJson(text)
  } catch (error) {
    throw damaged('is not valid JSON', error)
  }
  try {
    const facts = readRecordFacts(value, text, kind)
    return { facts, offset, length: bytes.length, crc32: crc32(bytes) }
  } catch (error) {
    if (error instanceof TypeError || error instanceof MemoryError) throw damaged(error.message, error)
    throw error
  }
}
