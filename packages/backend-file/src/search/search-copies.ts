import type { Collection } from '../records/collection.js'
import { vectorBlocks } from '../records/vector-blocks.js'
import { quantiseQuery } from './quantise-query.js'
import { type SearchOutcome, type SearchRequest, searchRows } from './search-rows.js'
import { selectCandidates } from './select-candidates.js'
import { StaleRowError } from './stale-row-error.js'
import type { VectorCopies } from './vector-copies.js'

/**
 * What {@link searchRows} finds, by way of the copies: only the vectors of the few rows that can be among the best are
 * read. Where the copies do not fit into their memory, it reads all of them.
 * @throws {MemoryError} `CORRUPT` for a vector that holds something that is no number; the signal's reason.
 */
export async function searchCopies(
  { index, recent }: Pick<Collection, 'index' | 'recent'>,
  copies: VectorCopies,
  request: SearchRequest,
  signal: AbortSignal | undefined,
): Promise<SearchOutcome> {
  const query = quantiseQuery(request.query)
  if (query === undefined || request.rows.length === 0) return { best: [], scored: 0 }
  const outcome = await copies.use(request.rows, signal, async ({ discard, ...held }) => {
    const rescoring = {
      query: request.query,
      limit: request.topK,
      minScore: request.minScore,
      readVectors: (rows: readonly number[]) => vectorBlocks(index, rows, signal, { recent }),
      positionOf: (row: number) => index.position(row),
    }
    try {
      const { best, scanned } = await selectCandidates({ ...held, query, rescoring }, signal)
      return { best, scored: scanned }
    } catch (error) {
      if (!(error instanceof StaleRowError)) throw error
      discard()
      return undefined
    }
  })
  return outcome ?? searchRows(index, request, signal)
}
