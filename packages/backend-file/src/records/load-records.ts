import { crc32 } from 'node:zlib'
import { MemoryError, parsePythonJson, type RecordKind } from '@holdfast/core'
import { defaultChunkSize, type StoredFile } from '../disk/stored-file.js'
import { JsonArraySplitter, type JsonElement } from '../json/json-array-splitter.js'
import { decodeJsonText } from '../json/json-text.js'
import { JoinedChecksum } from './joined-checksum.js'
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
  const checksum = new JoinedChecksum()
  /** Of the first byte of the chunk. */
  let base = 0
  for await (const chunk of file.chunks(0, file.size, skimmer?.buffers)) {
    /** Bytes of the chunk that are in the checksum. */
    let summed = 0
    for (const element of splitter.push(chunk)) {
      const { offset, bytes } = element
      const facts = skimmed ?? readFacts(element, file.path, kind)
      skimmed = undefined
      const [start, end, sum] = [offset - base, offset - base + bytes.length, crc32(bytes)]
      // The beginning of one that stands in several chunks is in the checksum by now.
      checksum.add(chunk, summed, start < 0 ? end : start)
      if (start >= 0) checksum.join(sum, bytes.length)
      summed = end
      visit({ facts, offset, length: bytes.length, crc32: sum })
    }
    checksum.add(chunk, summed, chunk.length)
    base += chunk.length
  }
  splitter.end()
  return checksum.value
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
