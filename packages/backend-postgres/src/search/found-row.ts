import type { EpisodicMemory, MemoryNode } from '@holdfast/core'
import type { Command } from '../connection/command.js'
import { type Row, type Session, textOf } from '../connection/session.js'
import { ReadAhead } from '../records/read-ahead.js'
import { takeApart } from '../records/record-kind.js'
import type { ScoredPlace } from '../records/records-at.js'
import { QueryCosine } from '../records/vector-codec.js'
import type { SearchRequest } from './search-request.js'

/** A row that a search has fetched, with its true score. */
export interface FoundRow<T> extends ScoredPlace {
  readonly record: ReadAhead<T>
}

/**
 * Reads the rows of one search, which hold a vector in hexadecimal digits, and then the columns of the record. The rows
 * that come first are most likely the best, and their records are read at once, while the server makes the next row.
 */
export function foundRows<T extends MemoryNode | EpisodicMemory>({
  kind,
  query,
  search,
}: SearchRequest<T>): (row: Row) => FoundRow<T> {
  const exact = new QueryCosine(query)
  let count = 0
  return ([hex, ...rest]) => {
    const row = takeApart(rest)
    const record = new ReadAhead(() => kind.read(row))
    if (count++ < search.topK) record.prepare()
    return { record, position: row.position, score: exact.ofHex(textOf(hex)) }
  }
}

/** Reads what the statement of a search gives; the transaction ends with it where nothing has to be read after it. */
export function readFound<T extends MemoryNode | EpisodicMemory, Found>(
  session: Session,
  { isAlone = false }: SearchRequest<T>,
  { text, values }: Command,
  read: (row: Row) => Found,
): Promise<readonly Found[]> {
  return isAlone ? session.readLast(text, values, read) : session.read(text, values, read)
}
