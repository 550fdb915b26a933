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
  return {
    limit: options.limit === undefined ? Number.POSITIVE_INFINITY : checkInteger(options.limit, 'limit', 0),
    offset: checkInteger(options.offset ?? 0, 'offset', 0),
    filter: resolveFilter(options.filter),
  }
}

/** Errors as {@link resolvePage}. */
export function resolveScan(options: ScanOptions): ResolvedScan {
  checkOptions(options, ['batchSize', 'after', 'withEmbeddings', 'filter', 'signal'])
  return {
    batchSize: checkBatchSize(options.batchSize),
    after: resolveAfter(options.after),
    withEmbeddings: checkBoolean(options.withEmbeddings ?? false, 'withEmbeddings'),
    filter: resolveFilter(options.filter),
  }
}

/** Errors as {@link resolvePage}. */
export function resolveSearch(options: VectorSearchOptions): ResolvedSearch {
  checkOptions(options, ['topK', 'minScore', 'filter', 'signal'])
  return {
    topK: checkInteger(options.topK ?? 10, 'topK', 0),
    minScore: checkFinite(options.minScore ?? 0, 'minScore'),
    filter: resolveFilter(options.filter),
  }
}

/** Records a batch, 1 to 10,000. */
export function checkBatchSize(batchSize: number | undefined): number {
  return checkInteger(batchSize ?? defaultBatchSize, 'batchSize', 1, maxBatchSize)
}

/** The position a cursor stands for; 0, before every record, without one. */
export function resolveAfter(after: string | undefined): number {
  return after === undefined ? 0 : decodeCursor(checkString(after, 'after'))
}
