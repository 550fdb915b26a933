import { checkBoolean, checkFinite, checkInteger, checkOptions, checkString } from './check-arguments.js'
import { decodeCursor } from './cursor.js'
import { resolveFilter } from './node-filter.js'
import type {
  PageOptions,
  ResolvedPage,
  ResolvedScan,
  ResolvedSearch,
  ScanOptions,
  VectorSearchOptions,
} from './requests.js'

/** Records a batch of a scan holds when nothing else is said. */
export const defaultBatchSize = 256
const maxBatchSize = 10_000

/** @throws {TypeError|RangeError} for an unknown option, a wrong type or a value out of bounds. */
export function resolvePage(options: PageOptions): ResolvedPage {
  checkOptions(options, ['limit', 'offset', 'filter', 'signal'])
  const { limit, offset = 0, filter } = options
  return {
    limit: limit === undefined ? Number.POSITIVE_INFINITY : checkInteger(limit, 'limit', 0),
    offset: checkInteger(offset, 'offset', 0),
    filter: resolveFilter(filter),
  }
}

/** Errors as {@link resolvePage}. */
export function resolveScan(options: ScanOptions): ResolvedScan {
  checkOptions(options, ['batchSize', 'after', 'withEmbeddings', 'filter', 'signal'])
  const { batchSize, after, withEmbeddings = false, filter } = options
  return {
    batchSize: checkBatchSize(batchSize),
    after: resolveAfter(after),
    withEmbeddings: checkBoolean(withEmbeddings, 'withEmbeddings'),
    filter: resolveFilter(filter),
  }
}

/** Errors as {@link resolvePage}. */
export function resolveSearch(options: VectorSearchOptions): ResolvedSearch {
  checkOptions(options, ['topK', 'minScore', 'exact', 'filter', 'signal'])
  const { topK = 10, minScore = 0, exact = false, filter } = options
  return {
    topK: checkInteger(topK, 'topK', 0),
    minScore: checkFinite(minScore, 'minScore'),
    exact: checkBoolean(exact, 'exact'),
    filter: resolveFilter(filter),
  }
}

/** Records a batch, 1 to 10,000. */
export function checkBatchSize(batchSize: number | undefined = defaultBatchSize): number {
  return checkInteger(batchSize, 'batchSize', 1, maxBatchSize)
}

/** The position a cursor stands for; 0, before every record, without one. */
export function resolveAfter(after: string | undefined): number {
  return after === undefined ? 0 : decodeCursor(checkString(after, 'after'))
}
