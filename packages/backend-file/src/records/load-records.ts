import { crc32 } from 'node:zlib'
import { MemoryError, parsePythonJson, type RecordKind } from '@holdfast/core'
import { defaultChunkSize, type StoredFile } from '../disk/stored-file.js'
import { JsonArraySplitter, type JsonElement } from '../json/json-array-splitter.js'
import { decodeJsonText } from '../json/json-text.js'
import { type RecordFacts, readRecordFacts } from './record-facts.js'
import { createFactsSkimmer, skimFacts } from './skim-facts.js'

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
  const skimmer = kind === 'nodes' ? createFactsSkimmer(file.size, defaultChunkSize) : undefined
  /** Of the element that comes next. */
  let skimmed: RecordFacts | undefined
  const splitter = new JsonArraySplitter(file.path, {
    skim: (chunk, start) => {
      const found = skimmer && skimFacts(skimmer, chunk, start)
      skimmed = found?.facts
      return found?.end
    },
  })
  let checksum = 0
  for await (const chunk of file.chunks(0, file.size, skimmer?.buffers)) {
    checksum = crc32(chunk, checksum)
    for (const element of splitter.push(chunk)) {
      const { offset, bytes } = element
      const facts = skimmed ?? readFacts(element, file.path, kind)
      skimmed = undefined
      visit({ facts, offset, length: bytes.length, crc32: crc32(bytes) })
    }
  }
  splitter.end()
  return checksum
}

function readFacts({ index, offset, bytes }: JsonElement, path: string, kind: RecordKind): RecordFacts {
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
    return readRecordFacts(value, text, kind)
  } catch (error) {
    if (error instanceof TypeError || error instanceof MemoryError) throw damaged(error.message, error)
    throw error
  }
}
