import {
  type EpisodicMemory,
  MemoryError,
  type MemoryNode,
  type RecordKind,
  type RecordText,
  readEpisode,
  readNode,
} from '@holdfast/core'
import type { RecordTable } from './record-table.js'

/** A stored node as callers get it: its cluster is the store's, its vector is read apart. */
export function storedNode(table: RecordTable, row: number, text: RecordText): MemoryNode {
  const { embedding, ...node } = parseStored('nodes', table, row, text, readNode)
  return { ...node, clusterId: table.clusterId(row) }
}

/** A stored episode as callers get it, with the owner that the store knows. */
export function storedEpisode(table: RecordTable, row: number, text: RecordText): EpisodicMemory {
  const { embedding, ...episode } = parseStored('episodes', table, row, text, readEpisode)
  return { ...episode, ...(table.owner(row) ?? { tenantId: null, userId: null }) }
}

/** @throws {MemoryError} `CORRUPT` when the text is no such record, naming the place. */
function parseStored<T>(
  kind: RecordKind,
  table: RecordTable,
  row: number,
  text: RecordText,
  parse: (text: RecordText) => T,
): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error
    throw new MemoryError(
      'CORRUPT',
      `corpus/${kind}.json: element ${row} at byte ${table.range(row).offset}: ${error.message}`,
      { cause: error },
    )
  }
}
