import {
  type EpisodicMemory,
  MemoryError,
  type MemoryNode,
  type RecordText,
  readEpisode,
  readNode,
} from '@holdfast/core'
import type { RecordIndex } from './record-index.js'

/** A stored node as callers get it: its cluster is the store's, its vector is read apart. */
export function storedNode(index: RecordIndex, row: number, text: RecordText): MemoryNode {
  const { embedding, ...node } = parseStored(index, row, text, readNode)
  return { ...node, clusterId: index.clusterId(row) }
}

/** A stored episode as callers get it, with the owner that the store knows. */
export function storedEpisode(index: RecordIndex, row: number, text: RecordText): EpisodicMemory {
  const { embedding, ...episode } = parseStored(index, row, text, readEpisode)
  return { ...episode, ...(index.owner(row) ?? { tenantId: null, userId: null }) }
}

/** @throws {MemoryError} `CORRUPT` when the text is no such record, naming the place. */
function parseStored<T>(
  index: RecordIndex,
  row: number,
  text: RecordText,
  parse: (text: RecordText) => T,
): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    const { file, offset } = index.text(row)
    throw new MemoryError('CORRUPT', `${file.path}: the record at byte ${offset}: ${error.message}`, {
      cause: error,
    })
  }
}
